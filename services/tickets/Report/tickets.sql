-- Every ticket that was submitted, drafts being their owners' alone. People and departments by id: report.users and report.departments have their names.
SELECT id, number, title, status, previous_status, priority, category, requester_id, created_by, department_id, assignee_id, claimed_by,
       submitted_at, assigned_at, acknowledged_at, started_at, postponed_at, resolved_at, confirmed_at, closed_at, closed_reason,
       response_due_at, due_at, sla->'response'->>'outcome' AS response_outcome, sla->'resolution'->>'outcome' AS resolution_outcome, sla_paused_seconds,
       progress_percent, generation, reopen_count, sub_tickets, open_sub_tickets, feedback_rating, tags, duplicate_of,
       deleted_at, created_at, updated_at, version
FROM tickets
WHERE status <> 'draft'
