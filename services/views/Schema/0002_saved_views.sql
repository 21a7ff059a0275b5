-- Boards that people keep under a name. Their own, so not made from feeds.
CREATE TABLE view_saved (
  id         uuid PRIMARY KEY,
  owner_id   uuid NOT NULL,
  -- The owner's when it was kept; others of the same role see it when it is shared.
  role       text NOT NULL,
  name       varchar(60) NOT NULL CHECK (name <> ''),
  query      varchar(2000) NOT NULL,
  is_shared  boolean NOT NULL,
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX view_saved_owner ON view_saved (owner_id) WHERE NOT is_deleted;
CREATE INDEX view_saved_shared ON view_saved (role) WHERE is_shared AND NOT is_deleted;
