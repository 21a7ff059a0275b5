SELECT a.id, a.ticket_id, t.number AS ticket_number, a.generation, a.position, a.rule, a.status, a.requested_by, a.approver_id, a.active_at, a.due_at,
       a.decided_by, a.decided_at, a.decided_by <> a.approver_id AS by_substitute, a.reason, a.created_at, a.updated_at, a.version
FROM approvals AS a
JOIN tickets AS t ON t.id = a.ticket_id
