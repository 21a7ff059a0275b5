SELECT i.id, i.state, i.total, r.created, r.updated, r.unchanged, r.rejected, i.started_by, i.created_at, i.finished_at
FROM user_imports AS i
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status = 'create') AS created, count(*) FILTER (WHERE status = 'update') AS updated,
         count(*) FILTER (WHERE status = 'unchanged') AS unchanged, count(*) FILTER (WHERE status = 'reject') AS rejected
  FROM user_import_rows WHERE import_id = i.id) AS r
