-- Without their addresses, some of which have a secret in them.
SELECT w.id, w.name, w.event_types, w.is_active, w.active_since, w.off_reason, h.failing_since, h.last_attempt_at, h.last_status, w.created_at, w.updated_at, w.version
FROM webhooks AS w
LEFT JOIN webhook_health AS h ON h.webhook_id = w.id
WHERE NOT w.is_deleted
