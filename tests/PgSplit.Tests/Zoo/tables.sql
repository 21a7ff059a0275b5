-- One table per kind of type, shape or name that has ever broken a copy. Made on both sides; where an order of creation matters
-- for OIDs, a test creates other types first on one of them.
CREATE TYPE "Mood" AS ENUM ('sad', 'it''s "ok"', 'happy');
CREATE TYPE pair AS (a int, "B" text);
CREATE TYPE pairs AS (p pair, m "Mood", many pair[]);
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 100);
CREATE DOMAIN int_list AS int[];
CREATE DOMAIN pair_domain AS pair;

CREATE TABLE numbers (id int PRIMARY KEY, i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(10,2), f4 float4, f8 float8, m money, o oid);
CREATE TABLE texts (id int PRIMARY KEY, t text, v varchar(50), c char(10), "char" "char", n name, b bytea, u uuid);
CREATE TABLE times (id int PRIMARY KEY, d date, t time, tz timetz, ts timestamp, tstz timestamptz, iv interval);
CREATE TABLE documents (id int PRIMARY KEY, j json, jb jsonb, x xml, p jsonpath, tv tsvector, tq tsquery);
CREATE TABLE shapes (id int PRIMARY KEY, pt point, l line, ls lseg, b box, pa path, po polygon, ci circle);
CREATE TABLE networks (id int PRIMARY KEY, i inet, c cidr, m macaddr, m8 macaddr8, lsn pg_lsn, b bit(5), vb varbit, s pg_snapshot, bo bool);
CREATE TABLE arrays (id int PRIMARY KEY, i int[], t text[], ii int[][], bx box[], md "Mood"[], ip int_list, pr pair[], u uuid[]);
CREATE TABLE ranges (id int PRIMARY KEY, i int4range, n numrange, ts tstzrange, d daterange, f floats, mr int4multirange, md datemultirange);
CREATE TABLE own_types (id int PRIMARY KEY, m "Mood", p pair, pp pairs, st short_text, pd pair_domain, rc regclass, rt regtype);

CREATE TABLE enum_key (m "Mood", n numeric, PRIMARY KEY (m, n), v int);
CREATE TABLE text_key (t text, c char(4), PRIMARY KEY (t, c), v int);
CREATE TABLE time_key (d date, ts timestamp, tz timestamptz, b bool, by bytea, u uuid, i int8, s int2, PRIMARY KEY (d, ts, tz, b, by, u, i, s), v int);
CREATE TABLE domain_key (k short_text PRIMARY KEY, f float8, v int);
CREATE TABLE unique_key (a int NOT NULL, b text NOT NULL, v text, CONSTRAINT unique_key_u UNIQUE (b, a));
ALTER TABLE unique_key REPLICA IDENTITY USING INDEX unique_key_u;

CREATE TABLE no_rows (id int PRIMARY KEY, t text);
CREATE TABLE no_columns ();
CREATE TABLE only_generated (g int GENERATED ALWAYS AS (42) STORED);
CREATE TABLE only_identity (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE generated (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 119 / 100) STORED, t text);
CREATE TABLE no_key (a int, b text, j json, p point);
CREATE TABLE whole_row (a int, b text);
ALTER TABLE whole_row REPLICA IDENTITY FULL;

CREATE TABLE "select ""of.all"" NAMES" ("from" int PRIMARY KEY, "ein Wert" text, "line
break" text, "ünï" text, "sixty-three bytes long name of a column that is still allowed .." text);
CREATE SCHEMA other;
CREATE TABLE other.numbers (id int PRIMARY KEY, t text);
CREATE TABLE dropped_columns (gone1 int, id int PRIMARY KEY, gone2 text, kept text);
ALTER TABLE dropped_columns DROP COLUMN gone1;
ALTER TABLE dropped_columns DROP COLUMN gone2;

CREATE TABLE parent (id int PRIMARY KEY, t text);
CREATE TABLE child (extra jsonb) INHERITS (parent);
ALTER TABLE child ADD PRIMARY KEY (id);
CREATE TABLE parts (id int, at date, t text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parts_2025 PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY HASH (id);
CREATE TABLE parts_2025_a PARTITION OF parts_2025 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_2025_b PARTITION OF parts_2025 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
CREATE TABLE parts_of_nothing (id int PRIMARY KEY) PARTITION BY LIST (id);
DO $$ BEGIN EXECUTE 'CREATE TABLE wide (id int PRIMARY KEY, ' || (SELECT string_agg(format('c%s int', n), ', ') FROM generate_series(1, 1599) n) || ')'; END $$;
DO $$ BEGIN EXECUTE 'CREATE TABLE wide_bare (' || (SELECT string_agg(format('c%s text', n), ', ') FROM generate_series(1, 30) n) || ')'; END $$;
