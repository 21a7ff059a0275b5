SELECT l.id, l.kind, l.from_id, f.number AS from_number, l.to_id, t.number AS to_number, l.created_by, l.deleted_at, l.created_at, l.version
FROM ticket_links AS l
JOIN tickets AS f ON f.id = l.from_id
JOIN tickets AS t ON t.id = l.to_id
