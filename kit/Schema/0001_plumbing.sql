-- What the kit needs in the database of every service. {service} is the service's name, {role} the role it signs in as.

-- Every unit of work locks this first, so that a change of home waits for one table instead of for all of them.
CREATE TABLE {service}_gate (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row));

-- A log epoch begins whenever the log turns up in another place: restored, moved, failed over. Positions may then be given again.
CREATE TABLE {service}_log (
  epoch          integer PRIMARY KEY,
  first_position bigint NOT NULL,
  identity       text NOT NULL,
  started_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {service}_events (
  position       bigint PRIMARY KEY,
  epoch          integer NOT NULL,
  stream_id      uuid NOT NULL,
  -- Null for a refused attempt or a sign-in: recorded, but no change of the thing.
  stream_version bigint,
  type           text NOT NULL,
  data           jsonb NOT NULL,
  -- What is personal in data and audit, encrypted under the person's key.
  person_id      uuid,
  sealed         bytea,
  audit          jsonb NOT NULL,
  actor_id       uuid,
  correlation_id text,
  causation_id   text,
  occurred_at    timestamptz NOT NULL,
  CONSTRAINT {service}_events_stream UNIQUE (stream_id, stream_version)
);
CREATE INDEX {service}_events_actor ON {service}_events (actor_id, position) WHERE actor_id IS NOT NULL;

CREATE FUNCTION {service}_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {service}_events
  FOR EACH STATEMENT EXECUTE FUNCTION {service}_events_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON {service}_events FROM {role};

-- Deleting a row here erases the person from every event (DESIGN section 12a).
CREATE TABLE {service}_person_keys (
  person_id  uuid PRIMARY KEY,
  key        bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- How far each feed reader of this service has come in another service's log.
CREATE TABLE {service}_cursors (
  reader       text PRIMARY KEY,
  source       text NOT NULL,
  epoch        integer NOT NULL DEFAULT 0,
  position     bigint NOT NULL DEFAULT 0,
  event_time   timestamptz,
  caught_up_at timestamptz,
  updated_at   timestamptz NOT NULL DEFAULT now()
);

-- Events that could not be applied, and the later ones of the same streams that wait behind them.
CREATE TABLE {service}_parked (
  reader       text NOT NULL,
  epoch        integer NOT NULL,
  position     bigint NOT NULL,
  stream_id    uuid NOT NULL,
  event        jsonb NOT NULL,
  error        text NOT NULL,
  attempts     integer NOT NULL DEFAULT 1,
  next_at      timestamptz NOT NULL,
  parked_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reader, epoch, position)
);
CREATE INDEX {service}_parked_stream ON {service}_parked (reader, stream_id, position);

CREATE TABLE {service}_idempotency (
  key          bytea PRIMARY KEY,
  request_hash bytea NOT NULL,
  status       integer NOT NULL,
  location     text,
  etag         text,
  body         bytea,
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX {service}_idempotency_age ON {service}_idempotency (created_at);

CREATE TABLE {service}_sagas (
  id             uuid PRIMARY KEY,
  type           text NOT NULL,
  -- What the saga is about; at most one of a type runs for it.
  subject        text NOT NULL,
  state          text NOT NULL CHECK (state IN ('running', 'waiting', 'compensating', 'done', 'compensated', 'stuck')),
  -- The step to be done, or undone, next; null before the first.
  step           text,
  -- The step was run before and may have had its effect: it said so, or a runner began it and was not heard of again.
  tried          boolean NOT NULL DEFAULT false,
  begun          boolean NOT NULL DEFAULT false,
  data           jsonb NOT NULL,
  -- By name, also those that came before anybody waited for them.
  signals        jsonb NOT NULL DEFAULT '{}',
  awaits         text,
  attempts       integer NOT NULL DEFAULT 0,
  -- The last fault, and why it is compensated.
  error          text,
  reason         text,
  stuck_in       text CHECK (stuck_in IN ('running', 'compensating')),
  next_at        timestamptz NOT NULL DEFAULT now(),
  claimed_by     uuid,
  claimed_until  timestamptz,
  actor_id       uuid,
  correlation_id text,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  finished_at    timestamptz
);
CREATE UNIQUE INDEX {service}_sagas_running ON {service}_sagas (type, subject) WHERE finished_at IS NULL;
CREATE INDEX {service}_sagas_due ON {service}_sagas (next_at) WHERE state IN ('running', 'waiting', 'compensating');

-- References to things that were deleted elsewhere and may not be let go (policy "restrict"); hdms doctor shows them.
CREATE TABLE {service}_dangling (
  reference  text NOT NULL,
  row_id     uuid NOT NULL,
  target_id  uuid NOT NULL,
  found_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reference, row_id)
);
