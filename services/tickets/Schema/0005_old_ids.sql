-- The numbers that tickets of the old system had for keys, so that old links still lead to them.
CREATE TABLE ticket_old_ids (
  old_id    bigint PRIMARY KEY,
  ticket_id uuid NOT NULL REFERENCES tickets (id)
);
