-- Sums that must be the same on both sides: of the old rows that were taken, by the old words; of the services' own tables, by theirs.
WITH taken AS (SELECT t.* FROM hdms_import.tickets_ticket AS t WHERE NOT EXISTS (SELECT FROM hdms_import.rejected AS r WHERE r.source = 'tickets_ticket' AND r.old = t.id)),
     moved AS (SELECT old, CASE WHEN what LIKE 'status % became %' THEN split_part(what, ' became ', 2) END AS status FROM hdms_import.changed WHERE source = 'tickets_ticket' AND what LIKE 'status %')
SELECT "What", "Of", coalesce("Old", '0') AS "Old", coalesce("New", '0') AS "New" FROM (
  SELECT 'tickets by status' AS "What", coalesce(o.status, n.status) AS "Of", o.count::text AS "Old", n.count::text AS "New"
  FROM (SELECT coalesce(m.status, t.status) AS status, count(*) FROM taken AS t LEFT JOIN moved AS m ON m.old = t.id GROUP BY 1) AS o
  FULL JOIN (SELECT n.status, count(*) FROM public.tickets AS n JOIN hdms_import.tickets AS i ON i.id = n.id GROUP BY 1) AS n ON n.status = o.status
  UNION ALL
  SELECT 'tickets by department', coalesce(o.code, n.code), o.count::text, n.count::text
  FROM (SELECT coalesce(d.code, '(none)') AS code, count(*) FROM taken AS t LEFT JOIN hdms_import.users_department AS d ON d.id = t.department_id GROUP BY 1) AS o
  FULL JOIN (SELECT coalesce(d.code, '(none)') AS code, count(*) FROM public.tickets AS n JOIN hdms_import.tickets AS i ON i.id = n.id LEFT JOIN public.departments AS d ON d.id = n.department_id GROUP BY 1) AS n ON n.code = o.code
  UNION ALL
  SELECT 'ticket numbers, hashed', 'all', o.sum, n.sum
  FROM (SELECT sum(hashtextextended(ticket_id, 0))::text AS sum FROM taken WHERE status <> 'draft') AS o,
       (SELECT sum(hashtextextended(n.number, 0))::text AS sum FROM public.tickets AS n JOIN hdms_import.tickets AS i ON i.id = n.id WHERE n.number IS NOT NULL) AS n
  UNION ALL
  SELECT 'seconds from the first of 2000 to when tickets were made, in UTC', 'all', o.sum, n.sum
  FROM (SELECT sum(floor(extract(epoch FROM (created_at AT TIME ZONE hdms_import.policy('time_zone')) - '2000-01-01Z'::timestamptz)))::text AS sum FROM taken) AS o,
       (SELECT sum(floor(extract(epoch FROM n.created_at - '2000-01-01Z'::timestamptz)))::text AS sum FROM public.tickets AS n JOIN hdms_import.tickets AS i ON i.id = n.id) AS n
  UNION ALL
  SELECT 'people''s codes, hashed', 'all', o.sum, n.sum
  FROM (SELECT sum(hashtextextended(btrim(employee_code), 0))::text AS sum FROM hdms_import.users_user AS u WHERE NOT EXISTS (SELECT FROM hdms_import.rejected AS r WHERE r.source = 'users_user' AND r.old = u.id)) AS o,
       (SELECT sum(hashtextextended(n.employee_code, 0))::text AS sum FROM public.users AS n JOIN hdms_import.users AS i ON i.id = n.id) AS n
  UNION ALL
  SELECT 'messages by year', coalesce(o.year, n.year)::text, o.count::text, n.count::text
  FROM (SELECT extract(year FROM m.created_at AT TIME ZONE hdms_import.policy('time_zone')) AS year, count(*) FROM hdms_import.chat_message AS m
        WHERE NOT EXISTS (SELECT FROM hdms_import.rejected AS r WHERE r.source = 'chat_message' AND r.old = m.id) GROUP BY 1) AS o
  FULL JOIN (SELECT extract(year FROM n.created_at) AS year, count(DISTINCT i.old) FROM public.chat_messages AS n JOIN hdms_import.chat_messages AS i ON i.id = n.id GROUP BY 1) AS n ON n.year = o.year
  UNION ALL
  SELECT 'unread notifications', 'all', o.count::text, n.count::text
  FROM (SELECT count(*) FROM hdms_import.notifications_notification AS m WHERE NOT is_read AND NOT EXISTS (SELECT FROM hdms_import.rejected AS r WHERE r.source = 'notifications_notification' AND r.old = m.id)) AS o,
       (SELECT count(*) FROM public.notifications AS n JOIN hdms_import.notifications AS i ON i.id = n.id WHERE NOT n.is_read) AS n) AS sums
ORDER BY "What", "Of";
