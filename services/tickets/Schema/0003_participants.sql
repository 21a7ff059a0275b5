-- Who takes part in which ticket's chat, kept by the communication service's feed: the last membership of each.
CREATE TABLE tickets_replica_participants (
  ticket_id  uuid NOT NULL,
  user_id    uuid NOT NULL,
  role       text NOT NULL,
  is_live    boolean NOT NULL,
  -- A moderator took the ticket away from them.
  is_removed boolean NOT NULL,
  PRIMARY KEY (ticket_id, user_id)
);
CREATE INDEX tickets_replica_participants_told ON tickets_replica_participants (user_id) WHERE (is_live AND role = 'watcher') OR is_removed;
