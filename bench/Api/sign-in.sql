SELECT u.id, u.employee_code, u.email, u.first_name, u.last_name, u.role, u.is_ceo, u.is_approver, u.is_analyst, u.department_id, u.is_active, u.helpdesk_authorized, c.password_hash, coalesce(c.must_change, true) FROM users AS u LEFT JOIN user_credentials AS c ON c.user_id = u.id WHERE u.employee_code = 'BENCH-ADMIN' AND NOT u.is_deleted;
BEGIN;
LOCK TABLE users_gate IN ROW EXCLUSIVE MODE;
SELECT pg_current_xact_id()::text, set_config('application_name', 'hdms-users bench', true), gen_random_uuid() AS id \gset
UPDATE user_credentials SET last_login = now(), updated_at = now() WHERE user_id = '00000000-0000-7000-8000-000000000001' AND NOT must_change;
INSERT INTO user_sessions (id, user_id, refresh_token_hash, successor_key, device, ip, created_at, last_used_at, expires_at) VALUES (:'id'::uuid, '00000000-0000-7000-8000-000000000001', sha256(:'id'::text::bytea), sha256(:'id'::text::bytea), 'pgbench', '127.0.0.1', now(), now(), now() + interval '24 hours');
SELECT key FROM users_person_keys WHERE person_id = '00000000-0000-7000-8000-000000000001';
SELECT pg_advisory_xact_lock(4711);
INSERT INTO users_events (position, epoch, stream_id, stream_version, type, data, person_id, sealed, audit, actor_id, correlation_id, causation_id, occurred_at) SELECT last.position + 1, log.epoch, '00000000-0000-7000-8000-000000000001', NULL, 'user.signed_in.v1', '{}'::jsonb, '00000000-0000-7000-8000-000000000001', decode(repeat('cd', 200), 'hex'), '{}'::jsonb, NULL, '0123456789abcdef0123456789abcdef', NULL, now() FROM (SELECT coalesce(max(position), 0) AS position FROM users_events) AS last CROSS JOIN (SELECT coalesce(max(epoch), 1) AS epoch FROM users_log) AS log RETURNING epoch, position;
COMMIT;
