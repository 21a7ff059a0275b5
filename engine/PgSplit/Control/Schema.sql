-- The state of moves, on both sides. What is bound to rows (how far a table is copied, what is applied, what differs) is kept on the
-- target, in the transactions that write those rows; which side is open is kept on each side, in the transaction that opens or closes it.
CREATE SCHEMA IF NOT EXISTS pgsplit;

CREATE TABLE IF NOT EXISTS pgsplit.move (
    move_id     text PRIMARY KEY CHECK (move_id ~ '^[a-z][a-z0-9_]{0,39}$'),
    side        char(1) NOT NULL CHECK (side IN ('S', 'T')),      -- what this database is to the move
    epoch       bigint NOT NULL,                                   -- raised by every change of owner
    owner       char(1) NOT NULL CHECK (owner IN ('S', 'T')),      -- whom the writes belong to, as this side knows it
    open        boolean NOT NULL,                                  -- whether clients may write on this side
    state       text NOT NULL,                                     -- of the whole move; the target's is the one that counts
    reason      text,                                              -- of BROKEN and PAUSED
    definition  jsonb NOT NULL,                                    -- tables, addresses without secrets, options
    slot_lsn    pg_lsn,                                            -- consistent point of the slot that reads this database
    barrier_lsn pg_lsn,                                            -- end of what the other side had written when it was closed
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS pgsplit.move_table (
    move_id         text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema          text NOT NULL,
    name            text NOT NULL,
    fingerprint     text NOT NULL,
    estimated_rows  bigint NOT NULL,
    bytes           bigint NOT NULL,
    copied_rows     bigint NOT NULL DEFAULT 0,
    copied_bytes    bigint NOT NULL DEFAULT 0,
    copied_at_lsn   pg_lsn,                                        -- the snapshot the copy was made of; changes committed from there on are applied
    indexed_at      timestamptz,
    verified_at_lsn pg_lsn,
    verified_rows   bigint,
    verified_at     timestamptz,
    PRIMARY KEY (move_id, schema, name)
);

CREATE TABLE IF NOT EXISTS pgsplit.chunk (
    move_id  text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema   text NOT NULL,
    name     text NOT NULL,
    number   int NOT NULL,
    snapshot pg_lsn NOT NULL,                                      -- chunks of another snapshot don't count
    rows     bigint NOT NULL,
    bytes    bigint NOT NULL,
    done_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (move_id, schema, name, number)
);

-- Keys written since verification began: key is the array of the key columns' texts.
CREATE TABLE IF NOT EXISTS pgsplit.touched (
    move_id text NOT NULL,
    schema  text NOT NULL,
    name    text NOT NULL,
    key     text[] NOT NULL,
    round   smallint NOT NULL DEFAULT 0,                           -- 1 while it is being compared; written again meanwhile, it is 0 again
    PRIMARY KEY (move_id, schema, name, key)
);

CREATE TABLE IF NOT EXISTS pgsplit.diff (
    move_id  text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema   text NOT NULL,
    name     text NOT NULL,
    key      text[] NOT NULL,                                      -- of tables without a key: the texts of all columns
    kind     text NOT NULL CHECK (kind IN ('missing', 'extra', 'changed')), -- on the receiving side
    columns  text[] NOT NULL DEFAULT '{}',
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (move_id, schema, name, key)
);

CREATE TABLE IF NOT EXISTS pgsplit.heartbeat (
    move_id text NOT NULL,
    side    char(1) NOT NULL,                                      -- where it beats; the other side has it from the stream
    beat    bigint NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (move_id, side)
);

-- Partitions that were emptied by themselves, for the stream: the fence writes it, and nobody else may.
CREATE TABLE IF NOT EXISTS pgsplit.emptied (
    move_id text NOT NULL,
    schema  text NOT NULL,
    name    text NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS pgsplit.event (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id text NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    type    text NOT NULL,
    data    jsonb NOT NULL DEFAULT '{}'
);

-- Writes on a closed side, made past its fence: kept here on the other side, never carried over by themselves.
CREATE TABLE IF NOT EXISTS pgsplit.breach (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id text NOT NULL,
    side    char(1) NOT NULL,                                      -- where it was written
    schema  text NOT NULL,
    name    text NOT NULL,
    kind    text NOT NULL,
    key     text[] NOT NULL,
    row     jsonb NOT NULL,                                        -- the columns' texts; of a truncate {}
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen    boolean NOT NULL DEFAULT false                         -- a comparison of all rows has begun since
);

-- Rights on sequences that were taken from roles when a side closed, to be given back when it opens: nextval() fires no trigger.
CREATE TABLE IF NOT EXISTS pgsplit.revoked (
    move_id   text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema    text NOT NULL,
    name      text NOT NULL,
    grantee   text NOT NULL,
    privilege text NOT NULL,
    PRIMARY KEY (move_id, schema, name, grantee, privilege)
);

-- What a terminal asks of the process that has the streams.
CREATE TABLE IF NOT EXISTS pgsplit.request (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id     text NOT NULL,
    verb        text NOT NULL,
    arguments   jsonb NOT NULL DEFAULT '{}',
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_at    timestamptz,
    finished_at timestamptz,
    progress    jsonb,
    exit_code   int,
    answer      jsonb
);

-- The contract with applications (PROTOCOL 1.0): who reads this needs nothing else of the engine.
CREATE TABLE IF NOT EXISTS pgsplit.route (
    service        text PRIMARY KEY,
    epoch          bigint NOT NULL,
    write_address  text NOT NULL,
    read_addresses text[] NOT NULL DEFAULT '{}',
    state          text NOT NULL
);

-- The parts into which a verification cuts a table; one that was stopped goes on with those that have no lsn yet.
CREATE TABLE IF NOT EXISTS pgsplit.verified_range (
    move_id text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema  text NOT NULL,
    name    text NOT NULL,
    number  int NOT NULL,
    lower   text,                                                  -- of the key's first column, included; null for none
    upper   text,                                                  -- not included
    lsn     pg_lsn,                                                -- both sides were compared as of this
    rows    bigint,
    done_at timestamptz,
    PRIMARY KEY (move_id, schema, name, number)
);

-- What a move has made in this database, so that giving it up drops that and nothing else.
CREATE TABLE IF NOT EXISTS pgsplit.created (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id text NOT NULL,
    class   text NOT NULL,                                         -- the catalog: pg_class, pg_type, …
    oid     oid NOT NULL,
    what    text NOT NULL,                                         -- kind and name, as they were
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (move_id, class, oid)
);

-- What the guard watches (event triggers look it up), and the statements that were let through.
CREATE TABLE IF NOT EXISTS pgsplit.guarded (
    move_id text NOT NULL,
    classid oid NOT NULL,
    oid     oid NOT NULL,
    PRIMARY KEY (classid, oid, move_id)
);

CREATE TABLE IF NOT EXISTS pgsplit.ddl_allow (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id text NOT NULL,
    until   timestamptz NOT NULL,
    used_by xid8                                                   -- the transaction whose statement is being let through
);

-- Keys that are not what their table and old key come to: of rows born where keys are UUIDs. On both sides, and beyond the move: references
-- of other services are read by it too.
CREATE TABLE IF NOT EXISTS pgsplit.key_map (
    namespace bytea NOT NULL,                                      -- of the table, by its name on the source
    old       bigint NOT NULL,
    new       uuid NOT NULL,
    PRIMARY KEY (namespace, new),
    UNIQUE (namespace, old)
);

-- For expressions of maps: array_to_string() of any type depends on settings, of texts it does not.
CREATE OR REPLACE FUNCTION pgsplit.join(parts text[], separator text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.array_to_string(parts, separator) $$;

-- How a table changes its shape, as it was worked out when the move was prepared.
CREATE TABLE IF NOT EXISTS pgsplit.shaped (
    move_id text NOT NULL REFERENCES pgsplit.move ON DELETE CASCADE,
    schema  text NOT NULL,                                         -- as on the source
    name    text NOT NULL,
    shape   jsonb NOT NULL,
    ddl     jsonb NOT NULL,                                        -- what is made after the rows
    PRIMARY KEY (move_id, schema, name)
);

-- Rows that a rule of the map has set aside or changed, since the target takes only one like them; the same on both sides. It stays on
-- the target after the move, for people.
CREATE TABLE IF NOT EXISTS pgsplit.flawed (
    move_id  text NOT NULL,
    schema   text NOT NULL,                                        -- as on the source
    name     text NOT NULL,
    rule     int NOT NULL,                                         -- of the table, from 1; 0: an expression fails on it
    key      text[] NOT NULL,                                      -- on the source
    policy   text NOT NULL,
    reason   text NOT NULL,
    row      jsonb,                                                -- of quarantine: as it was on the source
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (move_id, schema, name, rule, key)
);

-- Rows of the source that the target does not have, and why.
CREATE TABLE IF NOT EXISTS pgsplit.refused (
    move_id text NOT NULL,
    schema  text NOT NULL,                                         -- as on the source
    name    text NOT NULL,
    key     text[] NOT NULL,                                       -- on the source
    reason  text NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (move_id, schema, name, key)
);
