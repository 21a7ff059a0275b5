CREATE TABLE attachments (
  -- Also the key of its bytes in the storage.
  id                uuid PRIMARY KEY,
  original_filename varchar(500) NOT NULL CHECK (original_filename <> ''),
  file_size         bigint NOT NULL CHECK (file_size > 0),
  -- By content, as the extension.
  mime_type         varchar(100) NOT NULL,
  file_extension    varchar(10) NOT NULL,
  sha256            char(64) NOT NULL,
  -- Null until the bytes may be downloaded, and when they are gone.
  file_path         varchar(200),
  scan_status       text NOT NULL CHECK (scan_status IN ('pending', 'clean', 'infected', 'failed', 'not_scanned')),
  scan_result       varchar(500),
  scanned_at        timestamptz,
  is_processed      boolean NOT NULL DEFAULT false,
  processed_at      timestamptz,
  -- To tickets, sub-tickets and messages of other services; what nobody has attached yet has none of them.
  ticket_id         uuid,
  sub_ticket_id     uuid,
  chat_message_id   uuid,
  -- The ticket to whose quota it counts.
  of_ticket_id      uuid,
  uploaded_by_id    uuid NOT NULL,
  removed_by        uuid,
  removed_at        timestamptz,
  is_deleted        boolean NOT NULL DEFAULT false,
  deleted_at        timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  version           bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (num_nonnulls(ticket_id, sub_ticket_id, chat_message_id) <= 1),
  CHECK ((of_ticket_id IS NULL) = (num_nonnulls(ticket_id, sub_ticket_id, chat_message_id) = 0)),
  CHECK (file_path IS NULL OR scan_status IN ('clean', 'not_scanned'))
);
CREATE INDEX attachments_ticket ON attachments (ticket_id, created_at, id) WHERE ticket_id IS NOT NULL AND NOT is_deleted;
CREATE INDEX attachments_sub_ticket ON attachments (sub_ticket_id, created_at, id) WHERE sub_ticket_id IS NOT NULL AND NOT is_deleted;
CREATE INDEX attachments_chat_message ON attachments (chat_message_id, created_at, id) WHERE chat_message_id IS NOT NULL AND NOT is_deleted;
CREATE INDEX attachments_of_ticket ON attachments (of_ticket_id) WHERE of_ticket_id IS NOT NULL AND NOT is_deleted;
-- What nobody has attached: by age it goes, by person it is counted.
CREATE INDEX attachments_unattached ON attachments (created_at) WHERE of_ticket_id IS NULL AND NOT is_deleted;
CREATE INDEX attachments_unattached_of ON attachments (uploaded_by_id) WHERE of_ticket_id IS NULL AND NOT is_deleted;
CREATE INDEX attachments_unsettled ON attachments (created_at) WHERE scan_status IN ('pending', 'failed') AND NOT is_deleted;

-- Who attaches to a ticket holds its row, so that the quota is counted by one after the other; a ticket that is gone stays here as such.
CREATE TABLE attached_tickets (
  ticket_id uuid PRIMARY KEY,
  is_gone   boolean NOT NULL DEFAULT false
);

-- Sub-tickets that were merged into their tickets, to which what is still attached to them belongs.
CREATE TABLE merged_sub_tickets (
  sub_ticket_id uuid PRIMARY KEY,
  ticket_id     uuid NOT NULL
);

-- Uploads under way that can be resumed. How far each has come, its bytes tell.
CREATE TABLE uploads (
  id             uuid PRIMARY KEY,
  name           varchar(500) NOT NULL,
  length         bigint NOT NULL CHECK (length > 0),
  -- As the client gave it, to be told again.
  metadata       text NOT NULL,
  uploaded_by_id uuid NOT NULL,
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL
);
CREATE INDEX uploads_expire ON uploads (expires_at);
CREATE INDEX uploads_of ON uploads (uploaded_by_id);

-- What is to be done with bytes: to scan them, to make a preview of them, to delete them. A row is taken by changing it, so that one
-- instance alone carries it out.
CREATE TABLE file_jobs (
  file_id       uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('scan', 'preview', 'delete_bytes')),
  due_at        timestamptz NOT NULL,
  claimed_until timestamptz,
  attempts      integer NOT NULL DEFAULT 0,
  error         varchar(500),
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (file_id, kind)
);
CREATE INDEX file_jobs_due ON file_jobs (due_at);

-- What the users service tells of people, kept by its feed.
CREATE TABLE files_replica_users (
  id         uuid PRIMARY KEY,
  first_name text,
  last_name  text,
  is_active  boolean NOT NULL DEFAULT true,
  is_deleted boolean NOT NULL DEFAULT false,
  version    bigint NOT NULL
);
