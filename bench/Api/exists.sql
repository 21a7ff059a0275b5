\set n random(2, 19000)
SELECT id, is_active FROM users WHERE id = ANY (ARRAY(SELECT ('00000000-0000-7000-8000-' || lpad((:n + i)::text, 12, '0'))::uuid FROM generate_series(1, 100) AS i)) AND NOT is_deleted;
