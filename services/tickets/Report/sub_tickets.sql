SELECT s.id, s.number, s.parent_ticket_id, t.number AS parent_number, s.title, s.status, s.priority, s.department_id, s.assignee_id, s.progress_percent,
       s.generation, s.reopen_count, s.due_at, s.merged_into_parent, s.closed_reason, s.created_by, s.started_at, s.resolved_at, s.closed_at,
       s.deleted_at, s.created_at, s.updated_at, s.version
FROM sub_tickets AS s
JOIN tickets AS t ON t.id = s.parent_ticket_id
