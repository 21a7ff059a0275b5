-- What proves who somebody is. Outside events, feeds and rebuild (DESIGN section 12a).

CREATE TABLE user_credentials (
  user_id       uuid PRIMARY KEY REFERENCES users (id),
  -- ASP.NET Core Identity's form, or Django's until the next sign-in; null: a password has to be set first.
  password_hash text,
  must_change   boolean NOT NULL DEFAULT false,
  failed_count  integer NOT NULL DEFAULT 0,
  last_login    timestamptz,
  updated_at    timestamptz NOT NULL
);

CREATE TABLE user_sessions (
  id                 uuid PRIMARY KEY,
  user_id            uuid NOT NULL REFERENCES users (id),
  refresh_token_hash bytea NOT NULL UNIQUE,
  -- The token before this one, still good for ten seconds, for two tabs that refresh at once.
  previous_hash      bytea,
  rotated_at         timestamptz,
  family             uuid NOT NULL,
  device             varchar(300),
  ip                 text,
  created_at         timestamptz NOT NULL,
  last_used_at       timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  revoked_at         timestamptz,
  revoked_reason     text
);
CREATE INDEX user_sessions_user ON user_sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX user_sessions_previous ON user_sessions (previous_hash) WHERE previous_hash IS NOT NULL;

CREATE TABLE user_signing_keys (
  kid         text PRIMARY KEY,
  private_key bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  -- Signs until then; verifies a little longer.
  retires_at  timestamptz NOT NULL
);

CREATE TABLE service_accounts (
  id           uuid PRIMARY KEY,
  name         varchar(100) NOT NULL,
  key_hash     bytea NOT NULL UNIQUE,
  scopes       text[] NOT NULL DEFAULT '{}',
  created_by   uuid REFERENCES users (id),
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  version      bigint NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX service_accounts_name ON service_accounts (lower(name)) WHERE revoked_at IS NULL;
