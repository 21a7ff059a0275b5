-- The old help desk: one Django application, one database, foreign keys everywhere, keys that are numbers. As its migrations have left
-- it over the years, with its spelling (requestor) and its habits: times without a zone are the office's (Asia/Karachi), version is
-- how often a ticket was opened, and where a constraint was dropped once "to make the nightly job pass", nobody has put it back.

CREATE TABLE django_content_type (
  id        serial PRIMARY KEY,
  app_label varchar(100) NOT NULL,
  model     varchar(100) NOT NULL,
  CONSTRAINT django_content_type_app_label_model_uniq UNIQUE (app_label, model)
);

CREATE TABLE django_migrations (
  id      bigserial PRIMARY KEY,
  app     varchar(255) NOT NULL,
  name    varchar(255) NOT NULL,
  applied timestamptz NOT NULL
);

CREATE TABLE django_session (
  session_key  varchar(40) PRIMARY KEY,
  session_data text NOT NULL,
  expire_date  timestamptz NOT NULL
);

CREATE TABLE auth_permission (
  id              serial PRIMARY KEY,
  name            varchar(255) NOT NULL,
  content_type_id integer NOT NULL REFERENCES django_content_type (id) DEFERRABLE INITIALLY DEFERRED,
  codename        varchar(100) NOT NULL,
  CONSTRAINT auth_permission_content_type_id_codename_uniq UNIQUE (content_type_id, codename)
);

CREATE TABLE auth_group (
  id   serial PRIMARY KEY,
  name varchar(150) NOT NULL UNIQUE
);

CREATE TABLE auth_group_permissions (
  id            bigserial PRIMARY KEY,
  group_id      integer NOT NULL REFERENCES auth_group (id) DEFERRABLE INITIALLY DEFERRED,
  permission_id integer NOT NULL REFERENCES auth_permission (id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT auth_group_permissions_uniq UNIQUE (group_id, permission_id)
);

CREATE TABLE users_department (
  id             serial PRIMARY KEY,
  name           varchar(100) NOT NULL UNIQUE,
  code           varchar(10) NOT NULL UNIQUE,
  head_id        bigint,
  total_capacity integer NOT NULL CHECK (total_capacity >= 0),
  queue_enabled  boolean NOT NULL,
  created_at     timestamp NOT NULL,
  updated_at     timestamp NOT NULL
);

CREATE TABLE users_user (
  id                  bigserial PRIMARY KEY,
  password            varchar(128) NOT NULL,
  last_login          timestamptz,
  is_superuser        boolean NOT NULL,
  is_staff            boolean NOT NULL,
  is_active           boolean NOT NULL,
  date_joined         timestamptz NOT NULL,
  employee_code       varchar(50) NOT NULL UNIQUE,
  cnic                varchar(20) UNIQUE,
  -- Unique as typed: Ayesha@ and ayesha@ are two.
  email               varchar(254) UNIQUE,
  phone_number        varchar(20) NOT NULL DEFAULT '',
  first_name          varchar(150) NOT NULL,
  last_name           varchar(150) NOT NULL,
  role                varchar(20) NOT NULL,
  helpdesk_authorized boolean NOT NULL,
  department_id       integer REFERENCES users_department (id) DEFERRABLE INITIALLY DEFERRED,
  sms_user_id         varchar(50),
  last_sms_sync       timestamp,
  created_at          timestamp NOT NULL,
  updated_at          timestamp NOT NULL
);
CREATE INDEX users_user_department_id ON users_user (department_id);
ALTER TABLE users_department ADD CONSTRAINT users_department_head_id_fk FOREIGN KEY (head_id) REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE users_user_groups (
  id       bigserial PRIMARY KEY,
  user_id  bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  group_id integer NOT NULL REFERENCES auth_group (id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT users_user_groups_uniq UNIQUE (user_id, group_id)
);

CREATE TABLE users_team_member (
  id            bigserial PRIMARY KEY,
  department_id integer NOT NULL REFERENCES users_department (id) DEFERRABLE INITIALLY DEFERRED,
  user_id       bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  added_at      timestamp NOT NULL,
  CONSTRAINT users_team_member_uniq UNIQUE (department_id, user_id)
);

CREATE TABLE django_admin_log (
  id              serial PRIMARY KEY,
  action_time     timestamptz NOT NULL,
  object_id       text,
  object_repr     varchar(200) NOT NULL,
  action_flag     smallint NOT NULL CHECK (action_flag >= 0),
  change_message  text NOT NULL,
  content_type_id integer REFERENCES django_content_type (id) DEFERRABLE INITIALLY DEFERRED,
  user_id         bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tickets_slatemplate (
  id                serial PRIMARY KEY,
  name              varchar(200) NOT NULL,
  description       text NOT NULL,
  priority          varchar(10) NOT NULL,
  response_time_h   numeric(8, 2) NOT NULL,
  resolution_time_h numeric(8, 2) NOT NULL,
  department_id     integer REFERENCES users_department (id) DEFERRABLE INITIALLY DEFERRED,
  is_active         boolean NOT NULL,
  created_by_id     bigint REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamp NOT NULL,
  updated_at        timestamp NOT NULL
);

CREATE TABLE tickets_ticket (
  id                  bigserial PRIMARY KEY,
  ticket_id           varchar(20) UNIQUE,
  title               varchar(500) NOT NULL,
  description         text NOT NULL,
  -- Free text; the application's enum had 14 of them, completed among them.
  status              varchar(30) NOT NULL,
  previous_status     varchar(30),
  priority            varchar(10) NOT NULL,
  category            varchar(100) NOT NULL,
  tags_csv            text NOT NULL DEFAULT '',
  requestor_id        bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  department_id       integer REFERENCES users_department (id) DEFERRABLE INITIALLY DEFERRED,
  assignee_id         bigint REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  sla_template_id     integer REFERENCES tickets_slatemplate (id) DEFERRABLE INITIALLY DEFERRED,
  response_due_at     timestamp,
  due_at              timestamp,
  submitted_at        timestamp,
  assigned_at         timestamp,
  acknowledged_at     timestamp,
  started_at          timestamp,
  postponed_at        timestamp,
  completed_at        timestamp,
  resolved_at         timestamp,
  closed_at           timestamp,
  closed_reason       varchar(20),
  progress_percent    integer NOT NULL,
  completion_notes    text NOT NULL DEFAULT '',
  rejection_reason    text NOT NULL DEFAULT '',
  postponement_reason text NOT NULL DEFAULT '',
  -- How often it was opened: 1, and one more at each reopening.
  version             integer NOT NULL,
  reopen_count        integer NOT NULL,
  requires_approval   boolean NOT NULL,
  feedback_rating     integer,
  feedback_text       text NOT NULL DEFAULT '',
  is_deleted          boolean NOT NULL,
  deleted_at          timestamp,
  created_at          timestamp NOT NULL,
  updated_at          timestamp NOT NULL
);
CREATE INDEX tickets_ticket_requestor_id ON tickets_ticket (requestor_id);
CREATE INDEX tickets_ticket_assignee_id ON tickets_ticket (assignee_id);
CREATE INDEX tickets_ticket_department_id ON tickets_ticket (department_id);
CREATE INDEX tickets_ticket_status ON tickets_ticket (status);

CREATE TABLE tickets_subticket (
  id               bigserial PRIMARY KEY,
  parent_id        bigint NOT NULL REFERENCES tickets_ticket (id) DEFERRABLE INITIALLY DEFERRED,
  number           varchar(30) NOT NULL,
  title            varchar(500) NOT NULL,
  description      text NOT NULL,
  status           varchar(30) NOT NULL,
  priority         varchar(10) NOT NULL,
  department_id    integer NOT NULL REFERENCES users_department (id) DEFERRABLE INITIALLY DEFERRED,
  assignee_id      bigint REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  created_by_id    bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  progress_percent integer NOT NULL,
  version          integer NOT NULL,
  due_at           timestamp,
  resolved_at      timestamp,
  closed_at        timestamp,
  created_at       timestamp NOT NULL,
  updated_at       timestamp NOT NULL
);
CREATE INDEX tickets_subticket_parent_id ON tickets_subticket (parent_id);

CREATE TABLE tickets_approval (
  id              bigserial PRIMARY KEY,
  ticket_id       bigint NOT NULL REFERENCES tickets_ticket (id) DEFERRABLE INITIALLY DEFERRED,
  requested_by_id bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  approver_id     bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  status          varchar(20) NOT NULL,
  reason          text NOT NULL DEFAULT '',
  documents       jsonb NOT NULL DEFAULT '[]',
  decided_at      timestamp,
  created_at      timestamp NOT NULL
);
CREATE INDEX tickets_approval_ticket_id ON tickets_approval (ticket_id);

CREATE TABLE chat_message (
  id         bigserial PRIMARY KEY,
  ticket_id  bigint NOT NULL REFERENCES tickets_ticket (id) DEFERRABLE INITIALLY DEFERRED,
  sender_id  bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  -- The ticket's version in which it was written.
  version    integer NOT NULL,
  message    text NOT NULL,
  is_system  boolean NOT NULL,
  edited_at  timestamp,
  is_deleted boolean NOT NULL,
  created_at timestamp NOT NULL
);
CREATE INDEX chat_message_ticket_id ON chat_message (ticket_id);

-- Its foreign key to tickets was dropped, and a unique one was never made: orphans and doubles.
CREATE TABLE chat_participant (
  id                   bigserial PRIMARY KEY,
  ticket_id            bigint NOT NULL,
  user_id              bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  role                 varchar(20) NOT NULL,
  muted                boolean NOT NULL,
  last_read_message_id bigint,
  joined_at            timestamp NOT NULL,
  left_at              timestamp
);
CREATE INDEX chat_participant_ticket_id ON chat_participant (ticket_id);

-- Of a later application, which kept its times with their zone, and referred to tickets by number alone.
CREATE TABLE notifications_notification (
  id         bigserial PRIMARY KEY,
  user_id    bigint NOT NULL REFERENCES users_user (id) DEFERRABLE INITIALLY DEFERRED,
  ticket_id  bigint,
  type       varchar(40) NOT NULL,
  title      varchar(255) NOT NULL,
  message    text NOT NULL,
  is_read    boolean NOT NULL,
  read_at    timestamptz,
  created_at timestamptz NOT NULL
);
CREATE INDEX notifications_notification_user_id ON notifications_notification (user_id);

CREATE TABLE files_attachment (
  id                bigserial PRIMARY KEY,
  file_key          uuid NOT NULL UNIQUE,
  original_filename varchar(500) NOT NULL,
  file_size         bigint NOT NULL,
  mime_type         varchar(100) NOT NULL,
  -- Below MEDIA_ROOT.
  file_path         varchar(300) NOT NULL,
  ticket_id         bigint,
  sub_ticket_id     bigint,
  chat_message_id   bigint,
  uploaded_by_id    bigint,
  created_at        timestamp NOT NULL
);
CREATE INDEX files_attachment_ticket_id ON files_attachment (ticket_id);
