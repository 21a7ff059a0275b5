-- A pass over what was touched: the old tables again, in a schema of their own, with no more than the touched tickets and all that hangs on
-- them. The scripts that make rows are then run on these. hdms_pass.ticket_scope and row_scope say what is looked at; what is in them and
-- not made again is gone.

INSERT INTO hdms_pass.ticket_scope SELECT DISTINCT id FROM hdms_pass.touched WHERE kind = 'ticket' ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.ticket_scope SELECT id FROM hdms_import.tickets_ticket WHERE EXISTS (SELECT FROM hdms_pass.touched WHERE kind = 'all') ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.ticket_scope SELECT old FROM hdms_import.tickets WHERE EXISTS (SELECT FROM hdms_pass.touched WHERE kind = 'all') ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope SELECT DISTINCT kind, id FROM hdms_pass.touched WHERE kind NOT IN ('ticket', 'small', 'all') ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope SELECT 'files_attachment', id FROM hdms_import.files_attachment WHERE EXISTS (SELECT FROM hdms_pass.touched WHERE kind = 'all') ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope SELECT 'notifications_notification', id FROM hdms_import.notifications_notification WHERE EXISTS (SELECT FROM hdms_pass.touched WHERE kind = 'all') ON CONFLICT DO NOTHING;

-- Its bytes have come since it was rejected.
INSERT INTO hdms_pass.row_scope SELECT 'files_attachment', r.old FROM hdms_import.rejected AS r JOIN hdms_import.bytes AS b ON b.old = r.old WHERE r.source = 'files_attachment' AND r.reason LIKE 'its bytes %' ON CONFLICT DO NOTHING;

-- The tickets of files, before and now.
INSERT INTO hdms_pass.ticket_scope
SELECT x.id FROM hdms_pass.row_scope AS r JOIN hdms_import.files_attachment AS f ON f.id = r.id
LEFT JOIN hdms_import.tickets_subticket AS s ON s.id = f.sub_ticket_id LEFT JOIN hdms_import.chat_message AS m ON m.id = f.chat_message_id
CROSS JOIN LATERAL (VALUES (f.ticket_id), (s.parent_id), (m.ticket_id)) AS x (id)
WHERE r.source = 'files_attachment' AND x.id IS NOT NULL ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.ticket_scope
SELECT t.old FROM hdms_pass.row_scope AS r JOIN hdms_import.attachments AS a ON a.old = r.id JOIN hdms_import.tickets AS t ON t.id = a.of_ticket_id WHERE r.source = 'files_attachment' ON CONFLICT DO NOTHING;

-- A number is one ticket's: who was rejected for it is asked again, and with each all that have the same.
INSERT INTO hdms_pass.ticket_scope SELECT old FROM hdms_import.rejected WHERE source = 'tickets_ticket' AND reason LIKE 'its number is another%' ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.ticket_scope
SELECT o.id FROM hdms_pass.ticket_scope AS s JOIN hdms_import.tickets_ticket AS t ON t.id = s.id
JOIN hdms_import.tickets_ticket AS o ON split_part(o.ticket_id, '-', 2) = split_part(t.ticket_id, '-', 2) AND ltrim(split_part(o.ticket_id, '-', 3), '0') = ltrim(split_part(t.ticket_id, '-', 3), '0')
ON CONFLICT DO NOTHING;

UPDATE hdms_pass.ticket_scope SET key = hdms_pass.key('tickets_ticket', id);
ANALYZE hdms_pass.ticket_scope;

-- The files of these tickets, before and now.
INSERT INTO hdms_pass.row_scope SELECT 'files_attachment', a.old FROM hdms_pass.ticket_scope AS s JOIN hdms_import.attachments AS a ON a.of_ticket_id = s.key ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope SELECT 'files_attachment', f.id FROM hdms_pass.ticket_scope AS s JOIN hdms_import.files_attachment AS f ON f.ticket_id = s.id ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope
SELECT 'files_attachment', f.id FROM hdms_pass.ticket_scope AS s JOIN hdms_import.tickets_subticket AS u ON u.parent_id = s.id JOIN hdms_import.files_attachment AS f ON f.sub_ticket_id = u.id ON CONFLICT DO NOTHING;
INSERT INTO hdms_pass.row_scope
SELECT 'files_attachment', f.id FROM hdms_pass.ticket_scope AS s JOIN hdms_import.chat_message AS m ON m.ticket_id = s.id JOIN hdms_import.files_attachment AS f ON f.chat_message_id = m.id ON CONFLICT DO NOTHING;
ANALYZE hdms_pass.row_scope;

CREATE VIEW hdms_pass.users_department AS SELECT * FROM hdms_import.users_department;
CREATE VIEW hdms_pass.users_user AS SELECT * FROM hdms_import.users_user;
CREATE VIEW hdms_pass.users_team_member AS SELECT * FROM hdms_import.users_team_member;
CREATE VIEW hdms_pass.tickets_slatemplate AS SELECT * FROM hdms_import.tickets_slatemplate;
CREATE VIEW hdms_pass.bytes AS SELECT * FROM hdms_import.bytes;
CREATE TABLE hdms_pass.tickets_ticket AS SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.tickets_ticket AS t ON t.id = s.id;
CREATE TABLE hdms_pass.tickets_subticket AS SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.tickets_subticket AS t ON t.parent_id = s.id;
CREATE TABLE hdms_pass.tickets_approval AS SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.tickets_approval AS t ON t.ticket_id = s.id;
CREATE TABLE hdms_pass.chat_message AS SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.chat_message AS t ON t.ticket_id = s.id;
CREATE TABLE hdms_pass.chat_participant AS SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.chat_participant AS t ON t.ticket_id = s.id;
CREATE TABLE hdms_pass.notifications_notification AS
SELECT t.* FROM hdms_pass.ticket_scope AS s JOIN hdms_import.notifications_notification AS t ON t.ticket_id = s.id
UNION
SELECT t.* FROM hdms_pass.row_scope AS s JOIN hdms_import.notifications_notification AS t ON t.id = s.id AND t.ticket_id IS NULL WHERE s.source = 'notifications_notification';
CREATE TABLE hdms_pass.files_attachment AS SELECT t.* FROM hdms_pass.row_scope AS s JOIN hdms_import.files_attachment AS t ON t.id = s.id WHERE s.source = 'files_attachment';
CREATE UNIQUE INDEX ON hdms_pass.tickets_ticket (id);
CREATE UNIQUE INDEX ON hdms_pass.chat_message (id);
CREATE UNIQUE INDEX ON hdms_pass.chat_participant (id);
CREATE UNIQUE INDEX ON hdms_pass.notifications_notification (id);
CREATE UNIQUE INDEX ON hdms_pass.files_attachment (id);
ANALYZE hdms_pass.tickets_ticket, hdms_pass.chat_message, hdms_pass.chat_participant, hdms_pass.notifications_notification, hdms_pass.files_attachment;
