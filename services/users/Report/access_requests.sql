-- Without what was written in them, which is between the one who asked and the one who decided.
SELECT id, user_id, status, decided_by, decided_at, created_at, updated_at, version
FROM access_requests
