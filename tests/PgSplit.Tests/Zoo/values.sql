INSERT INTO numbers VALUES
  (1, -32768, -2147483648, -9223372036854775808, 'NaN', -99999999.99, 'NaN', 'NaN', '-92233720368547758.08', 0),
  (2, 32767, 2147483647, 9223372036854775807, 'Infinity', 99999999.99, 'Infinity', '-Infinity', '92233720368547758.07', 4294967295),
  (3, 0, 0, 0, '-Infinity', 0.00, '-0', '-0', 0, 1),
  (4, 1, 1, 1, 1.0, 1, 1e-45, 4.94e-324, 1.5, 26),
  (5, 1, 1, 1, 1.00, 1, 3.4028235e38, 1.7976931348623157e308, 1.5, 26),
  (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (7, 7, 7, 7, repeat('9', 131072)::numeric, 1, 0.1, 0.1, 1, 1),
  (8, 7, 7, 7, ('0.' || repeat('1', 16383))::numeric, 1, 0.3, 0.1::float8 + 0.2, 1, 1);
INSERT INTO texts VALUES
  (1, '', '', '', '', '', '', '00000000-0000-0000-0000-000000000000'),
  (2, 'trailing ', ' x ', 'pad', 'a', 'name', '\x00ff0a5c', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  (3, E'tab\tnewline\nreturn\r\\backslash \\N \\. "quoted" ''q''', E'\\.', '\N', '\', '\N', '\x5c2e0a', gen_random_uuid()),
  (4, E'\\.\n', 'ünïcödé 😀 漢字', '😀', '1', 'ü', NULL, NULL),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, repeat('long ', 500000), 'v', 'c', 'c', 'n', decode(repeat('00ff5c0a', 50000), 'hex'), gen_random_uuid()),
  (7, (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 4000) n), E'\u200b', 'x', 'x', 'x', '\x', gen_random_uuid());
INSERT INTO times VALUES
  (1, 'infinity', '00:00', '00:00+15:59', 'infinity', 'infinity', '0'),
  (2, '-infinity', '24:00', '24:00-15:59', '-infinity', '-infinity', '-178000000 years'),
  (3, '4713-11-24 BC', '23:59:59.999999', '12:00:00.000001+05:30:15', '4713-11-24 BC', '4713-11-24 00:00:00+00 BC', '178000000 years'),
  (4, '5874897-12-31', '12:00', '12:00Z', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1 mon -1 day +00:00:00.000001'),
  (5, '0001-01-01 BC', '01:02:03.4', '01:02:03.4+00', '0001-12-31 23:59:59.5 BC', '1970-01-01 00:00:00+00', '24:00:00'),
  (6, '2024-02-29', '01:00', '01:00+01', '2024-02-29 12:34:56.7', '2024-03-31 01:30:00+00', '1 day'),
  (7, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO documents VALUES
  (1, '{"a" : 1,  "a":2 , "u": "\u0000 \ud83d\ude00"}', '{"b": 1.0, "a": [1, null, 1e3]}', '<a b="c">x &amp; y</a>', '$.a[*] ? (@ > 1)', 'a:1A fat:2,4 cat', 'fat & (cat | !rat:AB)'),
  (2, ' 1 ', '1.00', 'text only', 'strict $', '', ''),
  (3, 'null', 'null', '', '$', NULL, NULL), (4, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, ('"' || repeat('j', 100000) || '"')::json, ('"' || repeat('j', 100000) || '"')::jsonb, '<?xml version="1.0"?><r/>', '$', 'x', 'x');
INSERT INTO shapes VALUES
  (1, '(-0,1e300)', '{1,2,3}', '[(0,0),(1,1)]', '((1,1),(0,0))', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),1>'),
  (2, '(NaN,Infinity)', '{0.1,0.2,0.3}', '[(0.1,0.2),(0.3,0.4)]', '(2,2),(1,1)', '((0,0),(1,1))', '((0,0))', '<(1,2),0>'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO networks VALUES
  (1, '::1', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', 'FFFFFFFF/FFFFFFFF', B'10101', B'', '10:20:10,14,15', true),
  (2, '192.168.1.5/24', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00:00:00', '0/0', B'00000', B'1', '1:1:', false),
  (3, '0.0.0.0/0', '::/0', NULL, NULL, NULL, NULL, repeat('10', 1000)::varbit, NULL, NULL);
INSERT INTO arrays VALUES
  (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
  (2, '{1,NULL,3}', '{"",NULL,"NULL","a,b","{x}","\\","\""}', '{{1,2},{3,4}}', '{(1,1),(0,0);(2,2),(1,1)}', '{happy,"it''s \"ok\"",NULL}', '[5:7]={1,2,3}', ARRAY[ROW(1, 'x, "y"')::pair, NULL, ROW(NULL, NULL)::pair], ARRAY[gen_random_uuid(), NULL]),
  (3, '[0:2]={1,2,3}', '[-2:-1]={a,b}', '[-1:0][2:3]={{1,2},{3,4}}', NULL, '[3:3]={sad}', '{}', '[0:0]={"(1,)"}', NULL),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ranges VALUES
  (1, 'empty', 'empty', 'empty', 'empty', 'empty', '{}', '{}'),
  (2, '(,)', '[1.0,2.00]', '[-infinity,infinity)', '[2024-01-01,)', '(-0,NaN)', '{[1,2),[5,9)}', '{(,2024-01-01),[2025-01-01,)}'),
  (3, '[1,10)', '(,5]', '["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00"]', '(,infinity)', '[0.1,0.30000000000000004]', '{(,)}', NULL), (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO own_types VALUES
  (1, 'sad', ROW(1, 'x'), ROW(ROW(1, 'a "b", (c)'), 'happy', ARRAY[ROW(2, NULL)::pair, NULL]), 'short', ROW(1, '2'), 'pg_class', 'int'),
  (2, 'it''s "ok"', ROW(NULL, NULL), ROW(NULL, NULL, NULL), '', ROW(NULL, NULL), 'numbers', '"Mood"'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO enum_key SELECT m, n, row_number() OVER () FROM unnest(enum_range(NULL::"Mood")) m, unnest('{-1.50,0,2,10,1e20,NaN,Infinity}'::numeric[]) n;
INSERT INTO text_key SELECT t, c, row_number() OVER () FROM unnest(ARRAY['', ' ', 'a', 'A', 'b', 'B', 'ä', 'Z', 'z', 'aa', E'a\tb', E'a\x01', '😀', U&'\FF5E']) t, unnest(ARRAY['', 'a', 'B', E'a\x01']::char(4)[]) c;
INSERT INTO time_key
  SELECT d, ts, tz, b, by, u, i, s, 1
  FROM unnest('{-infinity,4713-11-24 BC,0001-12-31 BC,0001-01-01,2000-01-01,1999-12-31,9999-12-31,10000-01-01,5874897-12-31,infinity}'::date[]) d,
       unnest('{-infinity,4713-11-24 BC,2000-01-01 00:00:00.5,1999-12-31 23:59:59.999999,294276-12-31 23:59:59.999999,infinity}'::timestamp[]) ts,
       unnest('{4713-11-24 00:00:00+00 BC,1999-12-31 23:59:59.9+00,2024-01-01 00:00:00+00}'::timestamptz[]) tz,
       unnest('{f,t}'::bool[]) b, unnest(ARRAY['\x', '\x00', '\xff00', '\x7f']::bytea[]) by,
       unnest('{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff}'::uuid[]) u,
       unnest('{-9223372036854775808,-1,0,9223372036854775807}'::int8[]) i, unnest('{-32768,0,1}'::int2[]) s
  WHERE (hashtext(row(d, ts, tz, b, by, u, i, s)::text) & 15) = 0;
INSERT INTO domain_key VALUES ('b', '-0', 1), ('a', 'NaN', 2), ('ä', 0, 3), ('B', NULL, 4);
INSERT INTO unique_key SELECT n, 'k' || n % 7, md5(n::text) FROM generate_series(1, 500) n;
INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO only_generated DEFAULT VALUES; INSERT INTO only_generated DEFAULT VALUES;
INSERT INTO only_identity OVERRIDING SYSTEM VALUE VALUES (5), (-7), (2147483647);
INSERT INTO generated (net, t) SELECT n * 100, CASE WHEN n % 3 > 0 THEN 'x' || n END FROM generate_series(1, 100) n;
INSERT INTO no_key SELECT n % 3, CASE WHEN n % 2 = 0 THEN 'twice' END, '{"a":  1}', '(1,2)' FROM generate_series(1, 20) n;
INSERT INTO no_key VALUES (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL), (1, '', 'null', '(0,-0)'), (2, repeat('x', 5000), '1', NULL);
INSERT INTO whole_row SELECT n % 5, 'w' FROM generate_series(1, 50) n;
INSERT INTO "select ""of.all"" NAMES" VALUES (1, 'a', 'b', 'c', 'd'), (2, NULL, NULL, NULL, NULL);
INSERT INTO other.numbers VALUES (1, 'other');
INSERT INTO dropped_columns VALUES (1, 'kept'), (2, NULL);
INSERT INTO parent VALUES (1, 'parent'), (2, 'parent');
INSERT INTO child VALUES (1, 'child', '{"a": 1}'), (3, 'child', NULL);
INSERT INTO parts SELECT n, '2024-12-01'::date + n, 'p' || n FROM generate_series(1, 600) n;
INSERT INTO wide (id, c1, c1599) VALUES (1, 1, 1599), (2, NULL, NULL);
INSERT INTO wide_bare (c1, c2, c30) VALUES ('a', repeat('long', 100), 'z'), ('b', NULL, ''), ('b', '', NULL);
