SELECT p.id, p.ticket_id, r.number AS ticket_number, p.user_id, p.role_in_ticket, p.joined_at, p.left_at, p.visible_from, p.added_by, p.removed_by, p.muted,
       p.created_at, p.updated_at, p.version
FROM ticket_participants AS p
JOIN chat_rooms AS r ON r.id = p.ticket_id
