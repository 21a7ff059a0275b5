-- Imports of people from a file, worked off row by row in the background.

CREATE TABLE user_imports (
  id                 uuid PRIMARY KEY,
  -- The file's header.
  columns            text[] NOT NULL,
  total              integer NOT NULL,
  state              text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
  -- Who began it and from where: recorded with the events of its rows.
  started_by         uuid REFERENCES users (id),
  service_account_id uuid,
  address            text,
  correlation_id     text,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  finished_at        timestamptz,
  version            bigint NOT NULL CHECK (version >= 1)
);
CREATE INDEX user_imports_running ON user_imports (id) WHERE state = 'running';

CREATE TABLE user_import_rows (
  import_id     uuid NOT NULL REFERENCES user_imports (id),
  -- Line of the file.
  line          integer NOT NULL,
  employee_code text NOT NULL,
  -- The row's cells as they were, an array; emptied once the row is taken, kept of one that was rejected.
  cells         jsonb NOT NULL,
  status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'create', 'update', 'unchanged', 'reject')),
  reason        text,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX user_import_rows_pending ON user_import_rows (import_id, line) WHERE status = 'pending';
-- An anonymised person is taken out of these rows too.
CREATE INDEX user_import_rows_employee_code ON user_import_rows (employee_code);
