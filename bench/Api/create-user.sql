\set a random(1, 1000000000)
\set b random(1, 1000000000)
BEGIN;
LOCK TABLE users_gate IN ROW EXCLUSIVE MODE;
SELECT pg_current_xact_id()::text, set_config('application_name', 'hdms-users bench', true), gen_random_uuid() AS id \gset
INSERT INTO users (id, employee_code, cnic, email, phone_number, first_name, last_name, role, is_ceo, is_approver, is_analyst, helpdesk_authorized, department_id, sms_user_id, last_sms_sync, is_active, date_joined, created_at, updated_at, version) VALUES (:'id'::uuid, 'P-' || :a::text || '-' || :b::text, NULL, 'p' || :a::text || '.' || :b::text || '@example.org', NULL, 'Bench', 'Person', 'requester', false, false, false, false, NULL, NULL, NULL, true, now(), now(), now(), 1);
WITH made AS (INSERT INTO users_person_keys (person_id, key) VALUES (:'id'::uuid, decode(repeat('ab', 32), 'hex')) ON CONFLICT DO NOTHING RETURNING key) SELECT key FROM made UNION ALL SELECT key FROM users_person_keys WHERE person_id = :'id'::uuid LIMIT 1;
SELECT pg_advisory_xact_lock(4711);
INSERT INTO users_events (position, epoch, stream_id, stream_version, type, data, person_id, sealed, audit, actor_id, correlation_id, causation_id, occurred_at) SELECT last.position + 1, log.epoch, :'id'::uuid, 1, 'user.registered.v1', '{"role": "requester", "is_ceo": false, "is_active": true, "is_analyst": false, "is_deleted": false, "is_approver": false, "department_id": null, "helpdesk_authorized": false}'::jsonb, :'id'::uuid, decode(repeat('cd', 700), 'hex'), '{}'::jsonb, NULL, '0123456789abcdef0123456789abcdef', NULL, now() FROM (SELECT coalesce(max(position), 0) AS position FROM users_events) AS last CROSS JOIN (SELECT coalesce(max(epoch), 1) AS epoch FROM users_log) AS log RETURNING epoch, position;
COMMIT;
