-- A help desk as a Django monolith has it: integer keys, foreign keys everywhere, an index per foreign key and some more.
CREATE TABLE users_user (id bigserial PRIMARY KEY, username varchar(150) NOT NULL UNIQUE, email varchar(254) NOT NULL, full_name varchar(200) NOT NULL, is_active boolean NOT NULL, date_joined timestamptz NOT NULL);
CREATE TABLE tickets_ticket (
    id bigserial PRIMARY KEY, number varchar(20) NOT NULL UNIQUE, title varchar(200) NOT NULL, description text NOT NULL, status varchar(20) NOT NULL, priority smallint NOT NULL,
    requester_id bigint NOT NULL REFERENCES users_user DEFERRABLE INITIALLY DEFERRED, assignee_id bigint REFERENCES users_user DEFERRABLE INITIALLY DEFERRED,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, due_at timestamptz, extra jsonb NOT NULL DEFAULT '{}');
CREATE TABLE chat_message (
    id bigserial PRIMARY KEY, uuid uuid NOT NULL UNIQUE, ticket_id bigint NOT NULL REFERENCES tickets_ticket DEFERRABLE INITIALLY DEFERRED,
    sender_id bigint NOT NULL REFERENCES users_user DEFERRABLE INITIALLY DEFERRED, body text NOT NULL, created_at timestamptz NOT NULL, edited_at timestamptz, is_deleted boolean NOT NULL);
CREATE TABLE chat_participant (
    id bigserial PRIMARY KEY, ticket_id bigint NOT NULL REFERENCES tickets_ticket DEFERRABLE INITIALLY DEFERRED, user_id bigint NOT NULL REFERENCES users_user DEFERRABLE INITIALLY DEFERRED,
    role varchar(20) NOT NULL, joined_at timestamptz NOT NULL, UNIQUE (ticket_id, user_id));
CREATE TABLE notifications_notification (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users_user DEFERRABLE INITIALLY DEFERRED, ticket_id bigint REFERENCES tickets_ticket DEFERRABLE INITIALLY DEFERRED,
    kind varchar(40) NOT NULL, payload jsonb NOT NULL, is_read boolean NOT NULL, created_at timestamptz NOT NULL);

INSERT INTO users_user SELECT g, 'user' || g, 'user' || g || '@example.org', 'User Number ' || g, g % 20 > 0, '2020-01-01'::timestamptz + g * interval '1 minute' FROM generate_series(1, 5000) g;
INSERT INTO tickets_ticket SELECT g, 'HD-' || lpad(g::text, 8, '0'), 'Something is broken in room ' || g % 500, repeat(md5(g::text) || ' ', 6), (ARRAY['open','assigned','closed'])[1 + g % 3], g % 4,
    1 + g % 5000, CASE WHEN g % 3 > 0 THEN 1 + g * 7 % 5000 END, '2023-01-01'::timestamptz + g * interval '1 minute', '2024-01-01'::timestamptz + g * interval '1 minute', NULL, '{"source": "web", "tags": ["a", "b"]}'
    FROM generate_series(1, :tickets) g;
INSERT INTO chat_message SELECT g, md5('m' || g)::uuid, 1 + g::bigint * 7919 % :tickets, 1 + g % 5000, repeat(md5(g::text) || ' ', 1 + g % 8), '2024-01-01'::timestamptz + g * interval '7 seconds', NULL, g % 50 = 0
    FROM generate_series(1, :tickets * 5) g;
INSERT INTO chat_participant SELECT row_number() OVER (), t, 1 + (t * 31 + n * 1009) % 5000, 'member', '2024-01-01' FROM generate_series(1, :tickets) t, generate_series(1, 2) n;
INSERT INTO notifications_notification SELECT g, 1 + g % 5000, 1 + g::bigint * 104729 % :tickets, 'ticket_assigned', jsonb_build_object('n', g, 'text', md5(g::text)), g % 3 > 0, '2024-01-01'::timestamptz + g * interval '3 seconds'
    FROM generate_series(1, :tickets * 3) g;
SELECT setval('users_user_id_seq', 5000), setval('tickets_ticket_id_seq', :tickets), setval('chat_message_id_seq', :tickets * 5), setval('chat_participant_id_seq', :tickets * 2), setval('notifications_notification_id_seq', :tickets * 3);

CREATE INDEX ON users_user (username varchar_pattern_ops);
CREATE INDEX ON tickets_ticket (number varchar_pattern_ops);
CREATE INDEX ON tickets_ticket (requester_id);
CREATE INDEX ON tickets_ticket (assignee_id);
CREATE INDEX ON tickets_ticket (status, priority);
CREATE INDEX ON chat_message (ticket_id, created_at);
CREATE INDEX ON chat_message (sender_id);
CREATE INDEX ON chat_participant (user_id);
CREATE INDEX ON notifications_notification (user_id, is_read);
CREATE INDEX ON notifications_notification (ticket_id);
-- As a database is that has been in use: whoever reads first does not write the hints of all rows.
VACUUM ANALYZE;
CHECKPOINT;
