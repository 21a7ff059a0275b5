-- Everybody who is or was known; of the national id only the end, as the API shows it.
SELECT u.id, u.employee_code, u.first_name, u.last_name, u.email, u.phone_number,
       CASE WHEN length(u.cnic) > 4 THEN regexp_replace(left(u.cnic, -4), '[^-]', '*', 'g') || right(u.cnic, 4)
            ELSE regexp_replace(u.cnic, '[^-]', '*', 'g') END AS cnic,
       u.role, u.is_ceo, u.is_approver, u.is_analyst, u.helpdesk_authorized, u.department_id, d.name AS department,
       CASE WHEN u.anonymised_at IS NOT NULL THEN 'anonymised' WHEN u.is_deleted THEN 'deleted' WHEN u.is_active THEN 'active' ELSE 'inactive' END AS status,
       u.date_joined, c.last_login, u.anonymised_at, u.deleted_at, u.created_at, u.updated_at, u.version
FROM users AS u
LEFT JOIN departments AS d ON d.id = u.department_id
LEFT JOIN user_credentials AS c ON c.user_id = u.id
