-- Where other programs are told of events (docs/decisions/0042-webhooks.md).
CREATE TABLE webhooks (
  id           uuid PRIMARY KEY,
  name         varchar(100) NOT NULL,
  url          varchar(2000) NOT NULL,
  -- Null: all.
  event_types  text[],
  is_active    boolean NOT NULL,
  -- Of what happened before it is told nothing.
  active_since timestamptz NOT NULL,
  -- Why the system turned it off; null where a person did, or it is on.
  off_reason   text CHECK (off_reason IN ('gone', 'failing')),
  is_deleted   boolean NOT NULL DEFAULT false,
  deleted_at   timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  version      bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX webhooks_name ON webhooks (lower(name)) WHERE NOT is_deleted;

-- What they are signed with, sealed under a key that is not in the database; in no event.
CREATE TABLE webhook_secrets (
  id         uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks (id),
  sealed     bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- When the one of before ends; null for the current one.
  live_until timestamptz
);
CREATE UNIQUE INDEX webhook_secrets_current ON webhook_secrets (webhook_id) WHERE live_until IS NULL;
CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook_id);

-- How it goes with a webhook. Beside it, since no event tells of each try.
CREATE TABLE webhook_health (
  webhook_id      uuid PRIMARY KEY REFERENCES webhooks (id),
  failing_since   timestamptz,
  last_attempt_at timestamptz NOT NULL,
  last_status     integer
);

-- One for each event and webhook, made in the transaction in which the event was read.
CREATE TABLE webhook_deliveries (
  id              uuid PRIMARY KEY,
  webhook_id      uuid NOT NULL REFERENCES webhooks (id),
  -- Of the source's log, as tickets:1.57.
  event_id        text NOT NULL,
  event_type      text NOT NULL,
  event_at        timestamptz NOT NULL,
  -- As it is signed and sent, to the byte.
  body            text NOT NULL,
  state           text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts        integer NOT NULL DEFAULT 0,
  -- How far in the schedule, which a replay begins anew.
  retries         integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  -- Who sends it just now, and until when that is believed.
  claim           uuid,
  claimed_until   timestamptz,
  last_status     integer,
  last_error      varchar(500),
  created_at      timestamptz NOT NULL,
  finished_at     timestamptz,
  CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'pending') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook_id, event_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (finished_at) WHERE state <> 'pending';

CREATE TABLE webhook_attempts (
  delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  number      integer NOT NULL CHECK (number >= 1),
  at          timestamptz NOT NULL,
  took_ms     integer NOT NULL,
  status      integer,
  error       varchar(500),
  -- The beginning of the answer's body.
  answer      varchar(1024),
  PRIMARY KEY (delivery_id, number)
);
