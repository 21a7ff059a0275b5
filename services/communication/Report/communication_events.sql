-- The log without its audit, which never leaves the service, and without what people wrote.
SELECT position, occurred_at, type, stream_id, stream_version, actor_id, data - 'message' AS data, correlation_id
FROM communication_events
