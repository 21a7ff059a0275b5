-- By what is made of a ticket is found again, once all of it is there.
CREATE UNIQUE INDEX ON hdms_import.ticket_old_ids (old_id);
CREATE UNIQUE INDEX ON hdms_import.approvals (id);
CREATE UNIQUE INDEX ON hdms_import.chat_rooms (id);
CREATE INDEX ON hdms_import.chat_messages (ticket_id);
CREATE INDEX ON hdms_import.ticket_participants (ticket_id);
CREATE INDEX ON hdms_import.notifications (ticket_id);
CREATE UNIQUE INDEX ON hdms_import.notifications (old);
CREATE INDEX ON hdms_import.attachments (of_ticket_id);
CREATE UNIQUE INDEX ON hdms_import.attachments (old);
CREATE INDEX ON hdms_import.rejected (source, old);
CREATE INDEX ON hdms_import.merged (source, old);
CREATE INDEX ON hdms_import.changed (source, old);
