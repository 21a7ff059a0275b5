SELECT id, approver_id, substitute_id, starts_at, ends_at, deleted_at, created_at, updated_at, version
FROM substitutes
