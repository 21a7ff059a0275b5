-- That there was talk and when, and by whom; what was said is for those who take part, and for the audit.
SELECT m.id, m.ticket_id, r.number AS ticket_number, m.session_no, m.number, m.sender_id, length(m.message) AS length, cardinality(m.mentions) AS mentions, m.is_system,
       m.edited_at, m.deleted_at, m.created_at, m.version
FROM chat_messages AS m
JOIN chat_rooms AS r ON r.id = m.ticket_id
