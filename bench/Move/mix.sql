\set t random(1, :tickets)
\set u random(1, 5000)
\set n random(1, :tickets * 3)
BEGIN;
INSERT INTO chat_message (uuid, ticket_id, sender_id, body, created_at, is_deleted) VALUES (gen_random_uuid(), :t, :u, 'hello, is anybody looking at this?', now(), false);
UPDATE tickets_ticket SET updated_at = now(), status = 'assigned' WHERE id = :t;
INSERT INTO notifications_notification (user_id, ticket_id, kind, payload, is_read, created_at) VALUES (:u, :t, 'message', '{"n": 1}', false, now());
UPDATE notifications_notification SET is_read = true WHERE id = :n;
COMMIT;
