-- The log without its audit, which never leaves the service, and without departments' checklists and drafts, which are their own.
SELECT position, occurred_at, type, stream_id, stream_version, actor_id, data, correlation_id
FROM tickets_events
WHERE type NOT LIKE 'internal_task.%' AND NOT (type LIKE 'ticket.%' AND data->>'status' = 'draft')
