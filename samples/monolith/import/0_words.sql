-- What the other scripts speak with. What they ask of policies is what import.yaml says, and is put in before a script is run.
-- The keys are those that a move with `key: uuid` gives, so that both ways lead to the same links.

CREATE FUNCTION hdms_import.key(source text, old bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT hdms_import.uuid_key(substr(sha256(('pgsplit:public.' || source)::bytea), 1, 16), old) $$;

-- The office's time, to the millisecond, as events have it.
CREATE FUNCTION hdms_import.local(moment timestamp) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$ SELECT date_trunc('milliseconds', moment AT TIME ZONE hdms_import.policy('time_zone')) $$;

CREATE FUNCTION hdms_import.ms(moment timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$ SELECT date_trunc('milliseconds', moment) $$;

-- Lines end as they do today, and control characters, which no page shows, are gone. Nearly every text is clean already, which is seen
-- several times as fast. Not STRICT: a CASE that is would not be put in place of the call.
CREATE FUNCTION hdms_import.clean(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN $1 COLLATE "C" ~ E'[\\u0001-\\u0008\\u000b-\\u001f\\u007f]|[ \\t]\\n' OR btrim($1, E' \t\n') <> $1
    THEN btrim(regexp_replace(regexp_replace(replace($1, E'\r\n', E'\n'), E'[\\u0001-\\u0008\\u000b-\\u001f\\u007f]', '', 'g'), E'[ \\t]+(?=\\n|$)', '', 'g'), E' \t\n')
    ELSE $1 END
$$;

CREATE FUNCTION hdms_import.said(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT nullif(hdms_import.clean($1), '') $$;

-- A time as events write it.
CREATE FUNCTION hdms_import.written(timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$ SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- A clock that ran once, and perhaps was stopped, or stands still.
CREATE FUNCTION hdms_import.clock(template uuid, began timestamptz, due timestamptz, paused timestamptz, stopped timestamptz, why text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN began IS NOT NULL THEN jsonb_build_object(
    'template_id', template, 'calendar_id', NULL, 'budget_minutes', (extract(epoch FROM due - began) / 60)::int, 'due_at', hdms_import.written(due),
    'outcome', CASE WHEN stopped IS NOT NULL THEN CASE WHEN due < stopped THEN 'breached' ELSE 'met' END END,
    'segments', jsonb_build_array(jsonb_build_object('kind', 'running', 'from', hdms_import.written(began), 'until', hdms_import.written(coalesce(stopped, paused)), 'why', why))
      || CASE WHEN stopped IS NULL AND paused IS NOT NULL THEN jsonb_build_array(jsonb_build_object('kind', 'paused', 'from', hdms_import.written(paused), 'until', NULL, 'why', 'postponed')) ELSE '[]' END,
    'warn_at', hdms_import.written(hdms_import.ms(began + (due - began) * 0.75))) END
$$;

-- One row for each old row that is not taken, that became part of another, or that is other than it was.
CREATE TABLE hdms_import.rejected (source text NOT NULL, old bigint NOT NULL, reason text NOT NULL, detail jsonb NOT NULL);
CREATE TABLE hdms_import.merged (source text NOT NULL, old bigint NOT NULL, into_old bigint NOT NULL, reason text NOT NULL);
CREATE TABLE hdms_import.changed (source text NOT NULL, old bigint NOT NULL, what text NOT NULL, was text);
