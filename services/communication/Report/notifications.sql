-- Who was told of what kind of thing, and when they read it.
SELECT n.id, n.user_id, n.ticket_id, r.number AS ticket_number, n.type, n.metadata->>'cause' AS cause, n.is_read, n.read_at, n.created_at, n.version
FROM notifications AS n
LEFT JOIN chat_rooms AS r ON r.id = n.ticket_id
