-- Chats, who takes part, notifications.

-- A draft has no chat. 0 of the tickets service's log was heard: what the event of the import tells is here already.
CREATE TABLE hdms_import.chat_rooms AS
SELECT id, number, title, status, priority, generation, progress_percent, requester_id, department_id, assignee_id, approvers, sub_ticket_heads,
       0 AS heard_epoch, 0::bigint AS heard_position, 1::bigint AS ticket_version, is_deleted, deleted_at, submitted_at AS created_at, greatest(updated_at, submitted_at) AS updated_at, 1::bigint AS version, old
FROM hdms_import.tickets WHERE status <> 'draft';
CREATE UNIQUE INDEX ON hdms_import.chat_rooms (old);

CREATE TABLE hdms_import.messages_judged AS
SELECT m.id AS old, m.cleaned, r.id AS ticket, r.generation, u.id AS sender,
       CASE WHEN r.id IS NULL THEN 'its ticket was not taken, or is a draft' WHEN u.id IS NULL THEN 'its sender was not taken'
            WHEN m.cleaned = '' THEN 'is of blanks alone'
            WHEN length(m.cleaned) > 10000 AND hdms_import.policy('long_messages') = 'reject' THEN 'is longer than 10,000 characters' END AS reason
FROM (SELECT id, ticket_id, sender_id, hdms_import.clean(message) AS cleaned FROM hdms_import.chat_message OFFSET 0) AS m LEFT JOIN hdms_import.chat_rooms AS r ON r.old = m.ticket_id LEFT JOIN hdms_import.users AS u ON u.old = m.sender_id;
CREATE UNIQUE INDEX ON hdms_import.messages_judged (old);

INSERT INTO hdms_import.rejected
SELECT 'chat_message', m.id, j.reason, to_jsonb(m) FROM hdms_import.messages_judged AS j JOIN hdms_import.chat_message AS m ON m.id = j.old WHERE j.reason IS NOT NULL;

CREATE TABLE hdms_import.chat_messages AS
SELECT m.id AS old, part,
       CASE part WHEN 1 THEN hdms_import.key('chat_message', m.id) ELSE hdms_import.key('chat_message#' || part, m.id) END AS id, j.ticket AS ticket_id,
       least(greatest(m.version, 1), j.generation) AS session_no, (row_number() OVER (PARTITION BY m.ticket_id ORDER BY m.created_at, m.id, part))::int AS number, j.sender AS sender_id,
       substr(j.cleaned, (part - 1) * 10000 + 1, 10000)::varchar(10000) AS message, m.is_system, hdms_import.local(m.edited_at) AS edited_at,
       CASE WHEN m.is_deleted THEN j.sender END AS deleted_by, m.is_deleted, CASE WHEN m.is_deleted THEN hdms_import.local(coalesce(m.edited_at, m.created_at)) END AS deleted_at,
       hdms_import.local(m.created_at) AS created_at, hdms_import.local(coalesce(m.edited_at, m.created_at)) AS updated_at, 1::bigint AS version
FROM hdms_import.chat_message AS m JOIN hdms_import.messages_judged AS j ON j.old = m.id AND j.reason IS NULL
CROSS JOIN LATERAL generate_series(1, CASE WHEN hdms_import.policy('long_messages') = 'split' THEN (length(j.cleaned) + 9999) / 10000 ELSE 1 END) AS part;
CREATE INDEX ON hdms_import.chat_messages (old);

INSERT INTO hdms_import.changed
SELECT 'chat_message', m.id, CASE WHEN length(j.cleaned) > 10000 THEN 'longer than 10,000 characters: ' || hdms_import.policy('long_messages') ELSE 'text was cleaned' END,
       CASE WHEN length(j.cleaned) > 10000 AND hdms_import.policy('long_messages') = 'cut' THEN m.message END
FROM hdms_import.messages_judged AS j JOIN hdms_import.chat_message AS m ON m.id = j.old WHERE j.reason IS NULL AND (j.cleaned <> m.message OR length(j.cleaned) > 10000);

CREATE TABLE hdms_import.participants_judged AS
SELECT p.id AS old, r.id AS ticket, u.id AS person,
       first_value(p.id) OVER (PARTITION BY p.ticket_id, p.user_id, p.left_at IS NULL ORDER BY p.joined_at, p.id) AS first,
       CASE WHEN t.id IS NULL THEN 'its ticket is not there' WHEN r.id IS NULL THEN 'its ticket was not taken, or is a draft' WHEN u.id IS NULL THEN 'its person was not taken' END AS reason
FROM hdms_import.chat_participant AS p LEFT JOIN hdms_import.tickets_ticket AS t ON t.id = p.ticket_id LEFT JOIN hdms_import.chat_rooms AS r ON r.old = p.ticket_id LEFT JOIN hdms_import.users AS u ON u.old = p.user_id;

INSERT INTO hdms_import.rejected
SELECT 'chat_participant', p.id, j.reason, to_jsonb(p) FROM hdms_import.participants_judged AS j JOIN hdms_import.chat_participant AS p ON p.id = j.old WHERE j.reason IS NOT NULL;
INSERT INTO hdms_import.merged
SELECT 'chat_participant', p.id, j.first, 'takes part already' FROM hdms_import.participants_judged AS j JOIN hdms_import.chat_participant AS p ON p.id = j.old
WHERE j.reason IS NULL AND p.left_at IS NULL AND j.first <> p.id;

CREATE TABLE hdms_import.ticket_participants AS
SELECT p.id AS old, hdms_import.key('chat_participant', p.id) AS id, j.ticket AS ticket_id, j.person AS user_id,
       CASE p.role WHEN 'requestor' THEN 'requester' WHEN 'requester' THEN 'requester' WHEN 'assignee' THEN 'assignee' WHEN 'moderator' THEN 'moderator' WHEN 'approver' THEN 'approver' ELSE 'watcher' END AS role_in_ticket,
       hdms_import.local(p.joined_at) AS joined_at, hdms_import.local(p.left_at) AS left_at, hdms_import.local(p.joined_at) AS visible_from, p.muted,
       CASE WHEN m.old IS NOT NULL THEN hdms_import.key('chat_message', p.last_read_message_id) END AS last_read_message_id,
       hdms_import.local(p.joined_at) AS created_at, hdms_import.local(coalesce(p.left_at, p.joined_at)) AS updated_at, 1::bigint AS version
FROM hdms_import.chat_participant AS p JOIN hdms_import.participants_judged AS j ON j.old = p.id AND j.reason IS NULL
LEFT JOIN hdms_import.chat_messages AS m ON m.old = p.last_read_message_id AND m.part = 1 AND m.ticket_id = j.ticket
WHERE p.left_at IS NOT NULL OR j.first = p.id;

CREATE TABLE hdms_import.notifications_judged AS
SELECT n.id AS old, u.id AS person, t.id AS ticket, t.number,
       CASE n.type WHEN 'status_changed' THEN 'ticket_status_changed' WHEN 'mention' THEN 'ticket_mentioned' ELSE n.type END AS type,
       CASE WHEN u.id IS NULL THEN 'its person was not taken'
            WHEN n.ticket_id IS NOT NULL AND t.id IS NULL AND hdms_import.policy('orphan_notifications') = 'reject'
              THEN CASE WHEN EXISTS (SELECT FROM hdms_import.tickets_ticket AS o WHERE o.id = n.ticket_id) THEN 'its ticket was not taken' ELSE 'its ticket is not there' END
            WHEN n.type NOT IN ('ticket_created', 'ticket_assigned', 'status_changed', 'ticket_status_changed', 'mention', 'ticket_mentioned', 'approval_requested', 'approval_decision', 'ticket_postponed', 'ticket_reminder',
                                'auto_close_reminder', 'ticket_reopened', 'subticket_created', 'subticket_status_changed', 'message_received') THEN 'is of a type that nobody knows' END AS reason
FROM hdms_import.notifications_notification AS n LEFT JOIN hdms_import.users AS u ON u.old = n.user_id LEFT JOIN hdms_import.tickets AS t ON t.old = n.ticket_id;
CREATE UNIQUE INDEX ON hdms_import.notifications_judged (old);

INSERT INTO hdms_import.rejected
SELECT 'notifications_notification', n.id, j.reason, to_jsonb(n) FROM hdms_import.notifications_judged AS j JOIN hdms_import.notifications_notification AS n ON n.id = j.old WHERE j.reason IS NOT NULL;
INSERT INTO hdms_import.changed
SELECT 'notifications_notification', n.id, 'is about no ticket any more', n.ticket_id::text FROM hdms_import.notifications_judged AS j JOIN hdms_import.notifications_notification AS n ON n.id = j.old
WHERE j.reason IS NULL AND n.ticket_id IS NOT NULL AND j.ticket IS NULL;

CREATE TABLE hdms_import.notifications AS
SELECT n.id AS old, hdms_import.key('notifications_notification', n.id) AS id, j.person AS user_id, j.ticket AS ticket_id, j.type,
       left(coalesce(hdms_import.said(n.title), j.type), 200)::varchar(200) AS title, left(hdms_import.clean(n.message), 2000)::varchar(2000) AS message,
       jsonb_build_object('cause', 'imported', 'actor_id', NULL, 'number', j.number, 'status', NULL, 'progress_percent', NULL, 'message_id', NULL, 'sub_ticket_id', NULL, 'approval_id', NULL, 'due_at', NULL) AS metadata,
       n.is_read, CASE WHEN n.is_read THEN hdms_import.ms(coalesce(n.read_at, n.created_at)) END AS read_at, ('imported:' || n.id)::varchar(200) AS dedup_key,
       hdms_import.ms(n.created_at) AS created_at, hdms_import.ms(greatest(n.read_at, n.created_at)) AS updated_at, 1::bigint AS version
FROM hdms_import.notifications_notification AS n JOIN hdms_import.notifications_judged AS j ON j.old = n.id AND j.reason IS NULL;
