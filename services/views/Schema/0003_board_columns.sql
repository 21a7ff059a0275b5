-- Which columns somebody wants boards to have. Their own, so not made from feeds; the id is the person's.
CREATE TABLE view_columns (
  id         uuid PRIMARY KEY,
  columns    text[] NOT NULL,
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
