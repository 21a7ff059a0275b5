-- The read side (DESIGN section 7): what the other services' feeds tell, put together for reading. All of it can be made again from the
-- feeds, by hdms views rebuild; what people keep here of their own is in 0002.

-- Whoever changes what is told of tickets holds this row: the readers of three feeds write to the same rows, in orders of their own.
CREATE TABLE view_writer (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);

-- A ticket as its last event has it, with what is counted of its chat and its files.
CREATE TABLE view_tickets (
  id                 uuid PRIMARY KEY,
  number             varchar(20),
  number_year        integer,
  number_in_year     integer,
  title              varchar(500) NOT NULL,
  description        varchar(65536),
  status             text NOT NULL,
  priority           text NOT NULL,
  category           varchar(100),
  requester_id       uuid NOT NULL,
  created_by         uuid NOT NULL,
  department_id      uuid,
  assignee_id        uuid,
  claimed_by         uuid,
  awaiting_requester boolean NOT NULL,
  sla_template_id    uuid,
  response_due_at    timestamptz,
  due_at             timestamptz,
  sla_paused_at      timestamptz,
  sla                jsonb NOT NULL,
  submitted_at       timestamptz,
  assigned_at        timestamptz,
  acknowledged_at    timestamptz,
  resolved_at        timestamptz,
  confirmed_at       timestamptz,
  closed_at          timestamptz,
  progress_percent   integer NOT NULL,
  approvers          uuid[] NOT NULL,
  pending_approvers  uuid[] NOT NULL,
  tags               text[] NOT NULL,
  sub_tickets        integer NOT NULL,
  open_sub_tickets   integer NOT NULL,
  sub_ticket_heads   uuid[] NOT NULL,
  is_deleted         boolean NOT NULL,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  version            bigint NOT NULL,
  messages           integer NOT NULL DEFAULT 0,
  attachments        integer NOT NULL DEFAULT 0,
  last_activity_at   timestamptz NOT NULL,
  -- What is sorted by may not be empty, or paging by it would lose rows.
  priority_order     integer NOT NULL GENERATED ALWAYS AS (coalesce(array_position(ARRAY['urgent', 'high', 'medium', 'low'], priority), 5)) STORED,
  number_order       bigint NOT NULL GENERATED ALWAYS AS (coalesce(number_year::bigint * 1000000000 + number_in_year, 9223372036854775807)) STORED,
  due_order          timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_at, 'infinity'::timestamptz)) STORED,
  submitted_order    timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(submitted_at, 'infinity'::timestamptz)) STORED,
  title_order        text NOT NULL GENERATED ALWAYS AS (lower(title)) STORED,
  sla_outcome        text GENERATED ALWAYS AS (sla -> 'resolution' ->> 'outcome') STORED,
  words              tsvector NOT NULL GENERATED ALWAYS AS (
                       setweight(to_tsvector('simple', translate(title, '@.-_/+', '      ')), 'A')
                       || setweight(to_tsvector('simple', translate(coalesce(description, ''), '@.-_/+', '      ')), 'B')) STORED
);

-- For those who see all: every order of the board, of what is no draft.
CREATE INDEX view_tickets_activity ON view_tickets (last_activity_at DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_created ON view_tickets (created_at DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_updated ON view_tickets (updated_at DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_submitted ON view_tickets (submitted_order DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_due ON view_tickets (due_order DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_priority ON view_tickets (priority_order DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_number_order ON view_tickets (number_order DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_title ON view_tickets (title_order DESC, id DESC) WHERE status <> 'draft' AND NOT is_deleted;
-- One status of all, or of what somebody sees: a page and a capped count read no more of it than they show.
CREATE INDEX view_tickets_status ON view_tickets (status, last_activity_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX view_tickets_department ON view_tickets (department_id, last_activity_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX view_tickets_department_status ON view_tickets (department_id, status, last_activity_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX view_tickets_assignee ON view_tickets (assignee_id, last_activity_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX view_tickets_assignee_status ON view_tickets (assignee_id, status, last_activity_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX view_tickets_requester ON view_tickets (requester_id, last_activity_at DESC, id DESC) INCLUDE (status) WHERE NOT is_deleted;
CREATE INDEX view_tickets_claimed ON view_tickets (claimed_by) WHERE claimed_by IS NOT NULL AND NOT is_deleted;
CREATE INDEX view_tickets_drafts ON view_tickets (created_by) WHERE status = 'draft' AND NOT is_deleted;
CREATE INDEX view_tickets_approvers ON view_tickets USING gin (approvers) WHERE approvers <> '{}';
CREATE INDEX view_tickets_sub_ticket_heads ON view_tickets USING gin (sub_ticket_heads) WHERE sub_ticket_heads <> '{}';
-- What needs attention is a few of many.
CREATE INDEX view_tickets_pool ON view_tickets (submitted_at) WHERE status IN ('submitted', 'pending') AND NOT is_deleted;
CREATE INDEX view_tickets_unacknowledged ON view_tickets (assigned_at) WHERE status = 'assigned' AND acknowledged_at IS NULL AND NOT is_deleted;
CREATE INDEX view_tickets_running ON view_tickets (due_at)
  WHERE status IN ('submitted', 'pending', 'under_review', 'assigned', 'in_progress', 'waiting_approval', 'approved', 'reopened') AND NOT is_deleted;
CREATE INDEX view_tickets_resolved ON view_tickets (resolved_at) WHERE resolved_at IS NOT NULL AND NOT is_deleted;
CREATE INDEX view_tickets_number ON view_tickets (number text_pattern_ops) WHERE number IS NOT NULL;
CREATE INDEX view_tickets_tags ON view_tickets USING gin (tags) WHERE tags <> '{}';
CREATE INDEX view_tickets_words ON view_tickets USING gin (words) WHERE NOT is_deleted;

-- What was said; one that was deleted keeps its place, without its text.
CREATE TABLE view_messages (
  id         uuid PRIMARY KEY,
  ticket_id  uuid NOT NULL,
  number     integer NOT NULL,
  sender_id  uuid NOT NULL,
  message    varchar(10000) NOT NULL,
  is_deleted boolean NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL,
  words      tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', translate(message, '@.-_/+', '      '))) STORED
);
CREATE INDEX view_messages_ticket ON view_messages (ticket_id, number) INCLUDE (sender_id, created_at) WHERE NOT is_deleted;
CREATE INDEX view_messages_words ON view_messages USING gin (words) WHERE NOT is_deleted;

-- Somebody's last membership in a ticket: from when on they read, how far they have, and whether it was taken away from them.
CREATE TABLE view_participants (
  ticket_id            uuid NOT NULL,
  user_id              uuid NOT NULL,
  role                 text NOT NULL,
  is_live              boolean NOT NULL,
  is_removed           boolean NOT NULL,
  visible_from         timestamptz NOT NULL,
  last_read_message_id uuid,
  PRIMARY KEY (ticket_id, user_id)
);
CREATE INDEX view_participants_live ON view_participants (user_id, ticket_id) WHERE is_live;
CREATE INDEX view_participants_sight ON view_participants (user_id) WHERE (is_live AND role = 'watcher') OR is_removed;

-- Which files count for which ticket.
CREATE TABLE view_files (
  id        uuid PRIMARY KEY,
  ticket_id uuid,
  is_there  boolean NOT NULL,
  version   bigint NOT NULL
);
CREATE INDEX view_files_ticket ON view_files (ticket_id) WHERE is_there;

CREATE TABLE view_substitutes (
  id            uuid PRIMARY KEY,
  approver_id   uuid,
  substitute_id uuid,
  starts_at     timestamptz,
  ends_at       timestamptz,
  is_deleted    boolean NOT NULL DEFAULT false,
  version       bigint NOT NULL
);
CREATE INDEX view_substitutes_substitute ON view_substitutes (substitute_id, starts_at) WHERE NOT is_deleted;

CREATE TABLE view_calendars (
  id            uuid PRIMARY KEY,
  name          text,
  time_zone     text,
  hours         jsonb,
  holidays      jsonb,
  department_id uuid,
  is_deleted    boolean NOT NULL DEFAULT false,
  deleted_at    timestamptz,
  created_at    timestamptz,
  updated_at    timestamptz,
  version       bigint NOT NULL
);

CREATE TABLE view_users (
  id         uuid PRIMARY KEY,
  first_name text,
  last_name  text,
  version    bigint NOT NULL
);

CREATE TABLE view_departments (
  id             uuid PRIMARY KEY,
  name           text,
  code           text,
  head_id        uuid,
  total_capacity integer NOT NULL DEFAULT 0,
  is_deleted     boolean NOT NULL DEFAULT false,
  version        bigint NOT NULL
);

CREATE TABLE view_team_members (
  department_id uuid NOT NULL,
  user_id       uuid NOT NULL,
  PRIMARY KEY (user_id, department_id)
);
