SELECT t.department_id, d.name AS department, t.user_id, concat_ws(' ', u.first_name, u.last_name) AS name, t.added_at
FROM team_members AS t
JOIN departments AS d ON d.id = t.department_id
JOIN users AS u ON u.id = t.user_id
