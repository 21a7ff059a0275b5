-- What proves who somebody is. Outside events, feeds and rebuild (DESIGN section 12a).

CREATE TABLE user_credentials (
  user_id       uuid PRIMARY KEY REFERENCES users (id),
  -- ASP.NET Core Identity's form, or Django's until the next sign-in; null: a password has to be set first.
  password_hash text,
  -- Somebody else knows the password: it is good for nothing but setting another.
  must_change   boolean NOT NULL DEFAULT false,
  last_login    timestamptz,
  updated_at    timestamptz NOT NULL
);

-- A session is the family of the refresh tokens that followed one another since a sign-in.
CREATE TABLE user_sessions (
  id                 uuid PRIMARY KEY,
  user_id            uuid NOT NULL REFERENCES users (id),
  -- SHA-256 of the newest token.
  refresh_token_hash bytea NOT NULL,
  -- The next token is HMAC-SHA256 of the newest under this key. Without a token in hand the key makes none.
  successor_key      bytea NOT NULL,
  -- How many tokens there were before the newest.
  generation         integer NOT NULL DEFAULT 0,
  -- When the newest took the place of the one before, which is good for ten seconds more.
  rotated_at         timestamptz,
  device             varchar(300),
  ip                 text,
  created_at         timestamptz NOT NULL,
  last_used_at       timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  revoked_at         timestamptz,
  revoked_reason     text
);
CREATE INDEX user_sessions_user ON user_sessions (user_id, created_at) WHERE revoked_at IS NULL;
CREATE INDEX user_sessions_ended ON user_sessions (least(expires_at, revoked_at));

CREATE TABLE user_signing_keys (
  -- One higher than the last: of two instances that make a key at once, one does.
  number      integer PRIMARY KEY,
  kid         text NOT NULL UNIQUE,
  -- PKCS #8, P-256.
  private_key bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  -- Signs until then; is published until every token that it signed has expired.
  retires_at  timestamptz NOT NULL
);

CREATE TABLE service_accounts (
  id           uuid PRIMARY KEY,
  name         varchar(100) NOT NULL,
  -- SHA-256; the key is 32 random bytes, which no guessing finds, so a slow hash would add nothing.
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
