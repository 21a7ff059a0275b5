-- People and departments (DOMAIN.md section 2). References to other services' rows: none.

CREATE TABLE departments (
  id             uuid PRIMARY KEY,
  name           varchar(100) NOT NULL,
  code           varchar(10) NOT NULL CHECK (code = upper(code)),
  head_id        uuid,
  total_capacity integer NOT NULL DEFAULT 100 CHECK (total_capacity >= 0),
  queue_enabled  boolean NOT NULL DEFAULT false,
  -- closing: takes no new tickets, because it is about to be deleted.
  state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing')),
  is_deleted     boolean NOT NULL DEFAULT false,
  deleted_at     timestamptz,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  version        bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX departments_name ON departments (lower(name)) WHERE NOT is_deleted;
CREATE UNIQUE INDEX departments_code ON departments (code) WHERE NOT is_deleted;
CREATE INDEX departments_is_deleted ON departments (is_deleted);

CREATE TABLE users (
  id                  uuid PRIMARY KEY,
  employee_code       varchar(50) NOT NULL,
  cnic                varchar(20),
  email               varchar(254),
  phone_number        varchar(20),
  first_name          varchar(150) NOT NULL,
  last_name           varchar(150) NOT NULL,
  role                text NOT NULL DEFAULT 'requester' CHECK (role IN ('requester', 'moderator', 'assignee', 'admin')),
  is_ceo              boolean NOT NULL DEFAULT false,
  is_approver         boolean NOT NULL DEFAULT false,
  is_analyst          boolean NOT NULL DEFAULT false,
  helpdesk_authorized boolean NOT NULL DEFAULT false,
  department_id       uuid REFERENCES departments (id),
  sms_user_id         text,
  last_sms_sync       timestamptz,
  is_active           boolean NOT NULL DEFAULT true,
  date_joined         timestamptz NOT NULL,
  anonymised_at       timestamptz,
  is_deleted          boolean NOT NULL DEFAULT false,
  deleted_at          timestamptz,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  version             bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
-- Kept after soft deletion: a code or a national id is never given to somebody else while the row is there.
CREATE UNIQUE INDEX users_employee_code ON users (employee_code);
CREATE UNIQUE INDEX users_cnic ON users (cnic);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_department ON users (department_id) WHERE NOT is_deleted;
CREATE INDEX users_name ON users (lower(last_name), lower(first_name), id) WHERE NOT is_deleted;
CREATE INDEX users_is_deleted ON users (is_deleted);
CREATE INDEX users_created_at ON users (created_at, id);
-- By the beginning of any word; ListUsers asks with the same expression.
CREATE INDEX users_words ON users USING gin (
  to_tsvector('simple', translate(first_name || ' ' || last_name || ' ' || employee_code || ' ' || coalesce(email, ''), '@.-_/+', '      ')));

ALTER TABLE departments ADD FOREIGN KEY (head_id) REFERENCES users (id);
CREATE INDEX departments_head ON departments (head_id) WHERE NOT is_deleted;

CREATE TABLE team_members (
  department_id uuid NOT NULL REFERENCES departments (id),
  user_id       uuid NOT NULL REFERENCES users (id),
  added_at      timestamptz NOT NULL,
  PRIMARY KEY (department_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE access_requests (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users (id),
  status     text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied')),
  note       varchar(1000),
  reason     varchar(1000),
  decided_by uuid REFERENCES users (id),
  decided_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX access_requests_pending ON access_requests (user_id) WHERE status = 'pending';
CREATE INDEX access_requests_user ON access_requests (user_id, created_at);
