SELECT id, name, department_id, is_active, deleted_at, created_at, updated_at, version
FROM categories
