-- What the files service tells of attachments, kept by its feed: as much as a submission has to know.
CREATE TABLE tickets_replica_attachments (
  id                uuid PRIMARY KEY,
  of_ticket_id      uuid,
  original_filename text NOT NULL,
  scan_status       text NOT NULL,
  is_deleted        boolean NOT NULL,
  version           bigint NOT NULL
);
CREATE INDEX tickets_replica_attachments_infected ON tickets_replica_attachments (of_ticket_id) WHERE scan_status = 'infected' AND NOT is_deleted;
