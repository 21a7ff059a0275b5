-- Tickets (DOMAIN.md section 2). People and departments are the users service's: referred to by id, without foreign keys.

CREATE TABLE tickets (
  id                       uuid PRIMARY KEY,
  number                   varchar(20) CHECK (number ~ '^HD-\d{4}-\d{4,}$'),
  number_year              integer,
  number_in_year           integer,
  title                    varchar(500) NOT NULL CHECK (title <> ''),
  description              varchar(65536),
  status                   text NOT NULL CHECK (status IN (
                             'draft', 'submitted', 'pending', 'under_review', 'assigned', 'in_progress', 'waiting_approval',
                             'approved', 'rejected', 'resolved', 'closed', 'reopened', 'postponed')),
  previous_status          text,
  priority                 text NOT NULL CHECK (priority IN ('urgent', 'high', 'medium', 'low')),
  category                 varchar(100),
  requester_id             uuid NOT NULL,
  created_by               uuid NOT NULL,
  department_id            uuid,
  assignee_id              uuid,
  claimed_by               uuid,
  awaiting_requester       boolean NOT NULL DEFAULT false,
  queued_at                timestamptz,
  sla_template_id          uuid,
  response_due_at          timestamptz,
  due_at                   timestamptz,
  due_overridden           boolean NOT NULL DEFAULT false,
  sla_paused_at            timestamptz,
  sla_paused_seconds       bigint NOT NULL DEFAULT 0 CHECK (sla_paused_seconds >= 0),
  sla                      jsonb NOT NULL DEFAULT '{}',
  submitted_at             timestamptz,
  assigned_at              timestamptz,
  acknowledged_at          timestamptz,
  acknowledged_by_team     uuid[] NOT NULL DEFAULT '{}',
  started_at               timestamptz,
  postponed_at             timestamptz,
  resolved_at              timestamptz,
  confirmed_at             timestamptz,
  closed_at                timestamptz,
  closed_reason            text CHECK (closed_reason IN ('verified', 'auto', 'forced', 'withdrawn')),
  progress_percent         integer NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
  completion_notes         text,
  rejection_reason         text,
  postponement_reason      text,
  generation               integer NOT NULL DEFAULT 1 CHECK (generation >= 1),
  reopen_count             integer NOT NULL DEFAULT 0 CHECK (reopen_count BETWEEN 0 AND 2),
  requires_approval        boolean NOT NULL DEFAULT false,
  approvers                uuid[] NOT NULL DEFAULT '{}',
  pending_approvers        uuid[] NOT NULL DEFAULT '{}',
  approval_requested_by    uuid,
  approval_requested_at    timestamptz,
  feedback_rating          integer CHECK (feedback_rating BETWEEN 1 AND 5),
  feedback_text            varchar(2000),
  tags                     text[] NOT NULL DEFAULT '{}',
  duplicate_of             uuid REFERENCES tickets (id),
  sub_tickets              integer NOT NULL DEFAULT 0,
  open_sub_tickets         integer NOT NULL DEFAULT 0,
  sub_ticket_heads         uuid[] NOT NULL DEFAULT '{}',
  reopen_requested         boolean NOT NULL DEFAULT false,
  postpone_requested       boolean NOT NULL DEFAULT false,
  sla_changed_at           timestamptz,
  sla_answer               text CHECK (sla_answer IN ('pending', 'acknowledged', 'disputed', 'auto_acknowledged')),
  sla_answer_reason        varchar(2000),
  force_close_requested_by uuid,
  undo_action              text,
  undo_by                  uuid,
  undo_until               timestamptz,
  is_deleted               boolean NOT NULL DEFAULT false,
  deleted_at               timestamptz,
  created_at               timestamptz NOT NULL,
  updated_at               timestamptz NOT NULL,
  version                  bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  -- A number is given at submission and kept for good.
  CHECK ((number IS NULL) = (number_year IS NULL) AND (number IS NULL) = (number_in_year IS NULL)),
  CHECK (number IS NOT NULL OR status = 'draft'),
  CHECK ((previous_status IS NOT NULL) = (status = 'postponed')),
  CHECK (assignee_id IS NOT NULL OR status NOT IN ('assigned', 'in_progress', 'waiting_approval', 'approved', 'resolved')),
  CHECK (department_id IS NOT NULL OR status = 'draft'),
  CHECK ((closed_reason IS NOT NULL) = (status = 'closed')),
  CHECK (open_sub_tickets BETWEEN 0 AND sub_tickets)
);
CREATE UNIQUE INDEX tickets_number ON tickets (number);
CREATE UNIQUE INDEX tickets_number_parts ON tickets (number_year, number_in_year);
-- Lists sort by when they were made; with the id, which rises too, the order is total.
CREATE INDEX tickets_created ON tickets (created_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX tickets_status ON tickets (status, created_at DESC, id DESC) WHERE NOT is_deleted;
-- With the status, so that what somebody sees is counted without the table.
CREATE INDEX tickets_requester ON tickets (requester_id, created_at DESC, id DESC) INCLUDE (status) WHERE NOT is_deleted;
CREATE INDEX tickets_assignee ON tickets (assignee_id, created_at DESC, id DESC) INCLUDE (status) WHERE NOT is_deleted;
CREATE INDEX tickets_department ON tickets (department_id, created_at DESC, id DESC) INCLUDE (status) WHERE NOT is_deleted;
CREATE INDEX tickets_due ON tickets (due_at, id) WHERE due_at IS NOT NULL AND status NOT IN ('resolved', 'closed', 'rejected') AND NOT is_deleted;
-- Who is at work on what, for capacity: few rows of many.
CREATE INDEX tickets_at_work ON tickets (department_id) WHERE status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') AND NOT is_deleted;
CREATE INDEX tickets_queued ON tickets (department_id, queued_at, id) WHERE queued_at IS NOT NULL;
CREATE INDEX tickets_drafts ON tickets (created_by) WHERE status = 'draft' AND NOT is_deleted;
CREATE INDEX tickets_approvers ON tickets USING gin (approvers) WHERE approvers <> '{}';
CREATE INDEX tickets_sub_ticket_heads ON tickets USING gin (sub_ticket_heads) WHERE sub_ticket_heads <> '{}';
CREATE INDEX tickets_acknowledged_by_team ON tickets USING gin (acknowledged_by_team) WHERE acknowledged_by_team <> '{}';
-- By the beginning of any word of the title; the list asks with the same expression.
CREATE INDEX tickets_words ON tickets USING gin (to_tsvector('simple', title)) WHERE NOT is_deleted;
CREATE INDEX tickets_tags ON tickets USING gin (tags) WHERE tags <> '{}';
CREATE INDEX tickets_duplicate_of ON tickets (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- The last number given in each year (DOMAIN.md section 6): counted up in the transaction that submits, so that none is missing.
CREATE TABLE ticket_counters (
  year integer PRIMARY KEY,
  last integer NOT NULL
);

-- What a moderator may take back for a quarter of an hour: the ticket, and what hung on it, as before the action.
CREATE TABLE undo_entries (
  id         uuid PRIMARY KEY,
  ticket_id  uuid NOT NULL REFERENCES tickets (id),
  action     text NOT NULL,
  actor_id   uuid NOT NULL,
  -- The version that the action made; a later one means that something has happened since.
  version    bigint NOT NULL,
  snapshot   jsonb NOT NULL,
  expires_at timestamptz NOT NULL,
  undone_at  timestamptz,
  created_at timestamptz NOT NULL
);
CREATE INDEX undo_entries_ticket ON undo_entries (ticket_id, version);

CREATE TABLE sub_tickets (
  id               uuid PRIMARY KEY,
  parent_ticket_id uuid NOT NULL REFERENCES tickets (id),
  -- <number of the parent>-S<n>
  number           varchar(30) NOT NULL,
  number_in_parent integer NOT NULL,
  title            varchar(500) NOT NULL CHECK (title <> ''),
  description      varchar(65536),
  priority         text NOT NULL CHECK (priority IN ('urgent', 'high', 'medium', 'low')),
  department_id    uuid NOT NULL,
  assignee_id      uuid NOT NULL,
  status           text NOT NULL CHECK (status IN ('assigned', 'in_progress', 'resolved', 'closed', 'reopened')),
  progress_percent integer NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
  completion_notes text,
  generation       integer NOT NULL DEFAULT 1 CHECK (generation >= 1),
  reopen_count     integer NOT NULL DEFAULT 0,
  due_at           timestamptz,
  merged_into_parent boolean NOT NULL DEFAULT false,
  closed_reason    text CHECK (closed_reason IN ('verified', 'auto', 'forced', 'withdrawn')),
  created_by       uuid NOT NULL,
  started_at       timestamptz,
  resolved_at      timestamptz,
  closed_at        timestamptz,
  is_deleted       boolean NOT NULL DEFAULT false,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  version          bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX sub_tickets_number ON sub_tickets (parent_ticket_id, number_in_parent);
CREATE INDEX sub_tickets_created ON sub_tickets (created_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX sub_tickets_assignee ON sub_tickets (assignee_id, created_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX sub_tickets_department ON sub_tickets (department_id, created_at DESC, id DESC) WHERE NOT is_deleted;

-- What a head or a requester asks of a moderator: a sub-ticket, a postponement, a reopening.
CREATE TABLE ticket_requests (
  id              uuid PRIMARY KEY,
  ticket_id       uuid NOT NULL REFERENCES tickets (id),
  kind            text NOT NULL CHECK (kind IN ('sub_ticket', 'postpone', 'reopen')),
  requested_by    uuid NOT NULL,
  reason          varchar(2000) NOT NULL,
  -- What the sub-ticket is to be.
  title           varchar(500),
  description     varchar(65536),
  department_id   uuid,
  status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied', 'withdrawn')),
  decided_by      uuid,
  decided_at      timestamptz,
  decision_reason varchar(2000),
  sub_ticket_id   uuid REFERENCES sub_tickets (id),
  is_deleted      boolean NOT NULL DEFAULT false,
  deleted_at      timestamptz,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  version         bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (kind <> 'sub_ticket' OR (title IS NOT NULL AND department_id IS NOT NULL))
);
CREATE UNIQUE INDEX ticket_requests_one_pending ON ticket_requests (ticket_id, kind) WHERE status = 'pending' AND kind <> 'sub_ticket';
CREATE INDEX ticket_requests_ticket ON ticket_requests (ticket_id, created_at, id);
CREATE INDEX ticket_requests_created ON ticket_requests (created_at, id);
CREATE INDEX ticket_requests_requested_by ON ticket_requests (requested_by, created_at, id);
CREATE INDEX ticket_requests_pending ON ticket_requests (created_at, id) WHERE status = 'pending';

CREATE TABLE approvals (
  id           uuid PRIMARY KEY,
  ticket_id    uuid NOT NULL REFERENCES tickets (id),
  generation   integer NOT NULL,
  requested_by uuid NOT NULL,
  approver_id  uuid NOT NULL,
  position     integer NOT NULL CHECK (position >= 1),
  -- Whether everybody at the position has to approve, or one is enough.
  rule         text NOT NULL CHECK (rule IN ('all', 'any')),
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'changes_requested', 'cancelled')),
  -- Whose turn has come; the later positions wait.
  active_at    timestamptz,
  reason       varchar(2000),
  documents    jsonb NOT NULL DEFAULT '[]',
  due_at       timestamptz,
  decided_by   uuid,
  decided_at   timestamptz,
  is_deleted   boolean NOT NULL DEFAULT false,
  deleted_at   timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  version      bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (approver_id <> requested_by)
);
CREATE UNIQUE INDEX approvals_one_pending ON approvals (ticket_id, approver_id) WHERE status = 'pending';
CREATE INDEX approvals_ticket ON approvals (ticket_id, position, id);
CREATE INDEX approvals_created ON approvals (created_at DESC, id);
CREATE INDEX approvals_decided_by ON approvals (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX approvals_waiting ON approvals (approver_id, active_at, id) WHERE status = 'pending' AND active_at IS NOT NULL;
CREATE INDEX approvals_approver ON approvals (approver_id, created_at DESC, id DESC);

-- Who decides in an approver's place, and when.
CREATE TABLE substitutes (
  id            uuid PRIMARY KEY,
  approver_id   uuid NOT NULL,
  substitute_id uuid NOT NULL,
  starts_at     timestamptz NOT NULL,
  ends_at       timestamptz NOT NULL,
  is_deleted    boolean NOT NULL DEFAULT false,
  deleted_at    timestamptz,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  version       bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (starts_at < ends_at),
  CHECK (approver_id <> substitute_id)
);
CREATE INDEX substitutes_approver ON substitutes (approver_id, starts_at) WHERE NOT is_deleted;
CREATE INDEX substitutes_substitute ON substitutes (substitute_id, starts_at) WHERE NOT is_deleted;

-- A department's own checklist.
CREATE TABLE internal_tasks (
  id             uuid PRIMARY KEY,
  ticket_id      uuid REFERENCES tickets (id),
  sub_ticket_id  uuid REFERENCES sub_tickets (id),
  department_id  uuid NOT NULL,
  title          varchar(200) NOT NULL CHECK (title <> ''),
  team_member_id uuid,
  done_at        timestamptz,
  done_by        uuid,
  created_by     uuid NOT NULL,
  is_deleted     boolean NOT NULL DEFAULT false,
  deleted_at     timestamptz,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  version        bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (num_nonnulls(ticket_id, sub_ticket_id) = 1)
);
CREATE INDEX internal_tasks_ticket ON internal_tasks (ticket_id, created_at, id);
CREATE INDEX internal_tasks_sub_ticket ON internal_tasks (sub_ticket_id, created_at, id);

CREATE TABLE ticket_links (
  id         uuid PRIMARY KEY,
  from_id    uuid NOT NULL REFERENCES tickets (id),
  to_id      uuid NOT NULL REFERENCES tickets (id),
  kind       text NOT NULL CHECK (kind IN ('relates', 'duplicates')),
  created_by uuid,
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (from_id <> to_id)
);
CREATE UNIQUE INDEX ticket_links_once ON ticket_links (from_id, to_id, kind) WHERE NOT is_deleted;
CREATE INDEX ticket_links_to ON ticket_links (to_id);

CREATE TABLE sla_templates (
  id                uuid PRIMARY KEY,
  name              varchar(200) NOT NULL,
  description       varchar(2000),
  priority          text NOT NULL CHECK (priority IN ('urgent', 'high', 'medium', 'low')),
  response_hours    numeric(8, 2) NOT NULL CHECK (response_hours > 0),
  resolution_hours  numeric(8, 2) NOT NULL CHECK (resolution_hours > 0),
  -- Null: for every department that has none of its own.
  department_id     uuid,
  is_active         boolean NOT NULL DEFAULT true,
  created_by        uuid,
  is_deleted        boolean NOT NULL DEFAULT false,
  deleted_at        timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  version           bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (resolution_hours >= response_hours)
);
CREATE UNIQUE INDEX sla_templates_priority ON sla_templates (coalesce(department_id, '00000000-0000-0000-0000-000000000000'), priority)
  WHERE is_active AND NOT is_deleted;

CREATE TABLE calendars (
  id            uuid PRIMARY KEY,
  name          varchar(100) NOT NULL,
  time_zone     varchar(60) NOT NULL,
  -- By weekday, several ranges: {"monday": [{"from": "09:00", "to": "13:00"}, {"from": "14:00", "to": "18:00"}], …}
  hours         jsonb NOT NULL,
  holidays      jsonb NOT NULL DEFAULT '[]',
  -- Null: the organisation's, for every department that has none of its own.
  department_id uuid,
  is_deleted    boolean NOT NULL DEFAULT false,
  deleted_at    timestamptz,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  version       bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX calendars_department_id ON calendars (coalesce(department_id, '00000000-0000-0000-0000-000000000000')) WHERE NOT is_deleted;

CREATE TABLE categories (
  id            uuid PRIMARY KEY,
  name          varchar(100) NOT NULL CHECK (name <> ''),
  department_id uuid,
  is_active     boolean NOT NULL DEFAULT true,
  is_deleted    boolean NOT NULL DEFAULT false,
  deleted_at    timestamptz,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  version       bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX categories_name ON categories (lower(name), coalesce(department_id, '00000000-0000-0000-0000-000000000000')) WHERE NOT is_deleted;

-- What is to happen later (DOMAIN.md section 6). A row is taken by changing it, so that one instance alone carries it out.
CREATE TABLE ticket_timers (
  -- A ticket, an approval, an acknowledgement or a department, by kind.
  subject_id uuid NOT NULL,
  kind       text NOT NULL,
  due_at     timestamptz NOT NULL,
  -- How often it has gone off.
  fired      integer NOT NULL DEFAULT 0,
  PRIMARY KEY (subject_id, kind)
);
CREATE INDEX ticket_timers_due ON ticket_timers (due_at);

-- Warnings, breaches and reminders that people have been told of, each once.
CREATE TABLE ticket_alerts (
  id        uuid PRIMARY KEY,
  ticket_id uuid NOT NULL REFERENCES tickets (id),
  kind      text NOT NULL,
  -- Of one kind there is one for each of these: the due time it was about, or the number of the reminder.
  about     text NOT NULL,
  raised_at timestamptz NOT NULL,
  UNIQUE (ticket_id, kind, about)
);

-- What the users service tells of people and departments, kept by its feed.
CREATE TABLE tickets_replica_users (
  id            uuid PRIMARY KEY,
  first_name    text,
  last_name     text,
  role          text,
  department_id uuid,
  is_ceo        boolean NOT NULL DEFAULT false,
  is_approver   boolean NOT NULL DEFAULT false,
  is_active     boolean NOT NULL DEFAULT true,
  is_deleted    boolean NOT NULL DEFAULT false,
  version       bigint NOT NULL
);

CREATE TABLE tickets_replica_departments (
  id             uuid PRIMARY KEY,
  name           text NOT NULL,
  code           text NOT NULL,
  head_id        uuid,
  total_capacity integer NOT NULL,
  queue_enabled  boolean NOT NULL,
  state          text NOT NULL,
  is_deleted     boolean NOT NULL,
  version        bigint NOT NULL
);

CREATE TABLE tickets_replica_team_members (
  department_id uuid NOT NULL,
  user_id       uuid NOT NULL,
  PRIMARY KEY (department_id, user_id)
);
CREATE INDEX tickets_replica_team_members_user ON tickets_replica_team_members (user_id);

-- Changes to many tickets at once.
CREATE TABLE bulk_jobs (
  id           uuid PRIMARY KEY,
  action       text NOT NULL,
  -- As JSON text, which is kept as it came.
  arguments    text NOT NULL,
  requested_by uuid NOT NULL,
  caller       jsonb NOT NULL,
  status       text NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'cancelled')),
  total        integer NOT NULL,
  succeeded    integer NOT NULL DEFAULT 0,
  failed       integer NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  finished_at  timestamptz
);
CREATE INDEX bulk_jobs_open ON bulk_jobs (created_at) WHERE status IN ('waiting', 'running');

CREATE TABLE bulk_job_items (
  job_id    uuid NOT NULL REFERENCES bulk_jobs (id),
  ordinal   integer NOT NULL,
  ticket_id uuid NOT NULL,
  status    text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'succeeded', 'failed')),
  error     jsonb,
  PRIMARY KEY (job_id, ordinal)
);
