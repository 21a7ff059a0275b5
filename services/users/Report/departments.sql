SELECT d.id, d.name, d.code, d.head_id, nullif(concat_ws(' ', h.first_name, h.last_name), '') AS head, d.total_capacity, d.queue_enabled,
       CASE WHEN d.is_deleted THEN 'deleted' ELSE d.state END AS status,
       (SELECT count(*) FROM users AS u WHERE u.department_id = d.id AND u.is_active AND NOT u.is_deleted) AS members,
       d.deleted_at, d.created_at, d.updated_at, d.version
FROM departments AS d
LEFT JOIN users AS h ON h.id = d.head_id
