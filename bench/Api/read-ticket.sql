\set n random(1, 1900)
SELECT id FROM bench_tickets WHERE kind = 'any' AND n = :n \gset
SELECT row_to_json(r)::text FROM "tickets" AS r WHERE r.id = :id::uuid AND NOT r.is_deleted;
SELECT 's' AS kind, approver_id AS id FROM substitutes WHERE substitute_id = '00000000-0000-7000-8000-000000000002'::uuid AND NOT is_deleted AND starts_at <= now() AND ends_at > now() UNION ALL SELECT 't', department_id FROM tickets_replica_team_members WHERE user_id = '00000000-0000-7000-8000-000000000002'::uuid UNION ALL SELECT 'd', id FROM tickets_replica_departments WHERE code = ANY('{FIN}') AND NOT is_deleted;
SELECT id, first_name, last_name, true FROM tickets_replica_users WHERE id = ANY(ARRAY['00000000-0000-7000-8000-000000000100'::uuid, '00000000-0000-7000-8000-000000000003'::uuid]) UNION ALL SELECT id, code, name, false FROM tickets_replica_departments WHERE id = ANY(ARRAY['00000000-0000-7000-9000-000000000001'::uuid]);
