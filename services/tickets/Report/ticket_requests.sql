SELECT r.id, r.ticket_id, t.number AS ticket_number, r.kind, r.status, r.requested_by, r.reason, r.department_id, r.decided_by, r.decided_at, r.decision_reason,
       r.sub_ticket_id, r.created_at, r.updated_at, r.version
FROM ticket_requests AS r
JOIN tickets AS t ON t.id = r.ticket_id
