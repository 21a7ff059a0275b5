-- The log without its audit, which never leaves the service, and without what is encrypted in it.
SELECT position, occurred_at, type, stream_id, stream_version, actor_id, data, correlation_id
FROM users_events
