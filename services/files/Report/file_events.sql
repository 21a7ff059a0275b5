-- The log without its audit, which never leaves the service.
SELECT position, occurred_at, type, stream_id, stream_version, actor_id, data, correlation_id
FROM files_events
