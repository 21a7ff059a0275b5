SELECT id, name, scopes, created_by, created_at, updated_at, last_used_at, expires_at, revoked_at, version
FROM service_accounts
