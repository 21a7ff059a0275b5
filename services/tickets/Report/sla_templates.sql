SELECT id, name, description, priority, response_hours, resolution_hours, department_id, is_active, created_by, deleted_at, created_at, updated_at, version
FROM sla_templates
