\set n random(2, 20000)
SELECT u.*, c.last_login FROM users AS u LEFT JOIN user_credentials AS c ON c.user_id = u.id WHERE u.id = ('00000000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid;
