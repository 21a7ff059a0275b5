-- Chats and notifications (DOMAIN.md section 2). Tickets and people are other services': referred to by id, without foreign keys.

-- A ticket's chat, with what was heard of the ticket. Its row is taken by whoever writes in it, so that messages have one order.
CREATE TABLE chat_rooms (
  id               uuid PRIMARY KEY,
  number           varchar(20),
  title            varchar(500) NOT NULL,
  status           text NOT NULL,
  priority         text NOT NULL,
  -- The session to which new messages belong.
  generation       integer NOT NULL CHECK (generation >= 1),
  progress_percent integer NOT NULL,
  requester_id     uuid NOT NULL,
  department_id    uuid,
  assignee_id      uuid,
  claimed_by       uuid,
  approvers        uuid[] NOT NULL DEFAULT '{}',
  sub_ticket_heads uuid[] NOT NULL DEFAULT '{}',
  -- Up to where in the tickets service's log: what comes again changes nothing.
  heard_epoch      integer NOT NULL,
  heard_position   bigint NOT NULL,
  ticket_version   bigint NOT NULL,
  is_deleted       boolean NOT NULL DEFAULT false,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  version          bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
-- Not unique: after a restore of the tickets service a number may be given again.
CREATE INDEX chat_rooms_number ON chat_rooms (number) WHERE number IS NOT NULL;

CREATE TABLE chat_messages (
  id         uuid PRIMARY KEY,
  ticket_id  uuid NOT NULL REFERENCES chat_rooms (id),
  session_no integer NOT NULL CHECK (session_no >= 1),
  -- Its place in the ticket's chat.
  number     integer NOT NULL CHECK (number >= 1),
  sender_id  uuid NOT NULL,
  -- As typed; escaped where it is shown.
  message    varchar(10000) NOT NULL CHECK (message <> ''),
  mentions   uuid[] NOT NULL DEFAULT '{}',
  is_system  boolean NOT NULL DEFAULT false,
  edited_at  timestamptz,
  deleted_by uuid,
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX chat_messages_number ON chat_messages (ticket_id, number);
CREATE INDEX chat_messages_sender ON chat_messages (sender_id, created_at);
-- By the beginning of any word; the search asks with the same expression.
CREATE INDEX chat_messages_words ON chat_messages USING gin (to_tsvector('simple', message)) WHERE NOT is_deleted;

-- From joining to leaving; somebody who comes again has another row.
CREATE TABLE ticket_participants (
  id                   uuid PRIMARY KEY,
  ticket_id            uuid NOT NULL REFERENCES chat_rooms (id),
  user_id              uuid NOT NULL,
  role_in_ticket       text NOT NULL CHECK (role_in_ticket IN ('requester', 'assignee', 'moderator', 'child_assignee', 'approver', 'watcher')),
  -- What they were before, for undoing what changed it.
  previous_role        text,
  role_changed_at      timestamptz,
  joined_at            timestamptz NOT NULL,
  left_at              timestamptz,
  visible_from         timestamptz NOT NULL,
  added_by             uuid,
  removed_by           uuid,
  muted                boolean NOT NULL DEFAULT false,
  last_read_message_id uuid REFERENCES chat_messages (id),
  is_deleted           boolean NOT NULL DEFAULT false,
  deleted_at           timestamptz,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  version              bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX ticket_participants_live ON ticket_participants (ticket_id, user_id) WHERE left_at IS NULL AND NOT is_deleted;
CREATE INDEX ticket_participants_user ON ticket_participants (user_id, ticket_id) WHERE left_at IS NULL AND NOT is_deleted;
CREATE INDEX ticket_participants_left ON ticket_participants (ticket_id, user_id, left_at) WHERE left_at IS NOT NULL;

CREATE TABLE notifications (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL,
  ticket_id  uuid,
  type       text NOT NULL,
  title      varchar(200) NOT NULL,
  message    varchar(2000) NOT NULL,
  metadata   jsonb NOT NULL,
  is_read    boolean NOT NULL DEFAULT false,
  read_at    timestamptz,
  is_quiet   boolean NOT NULL DEFAULT false,
  -- What it was caused by: told again, it is not made again.
  dedup_key  varchar(200) NOT NULL,
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL)),
  CHECK (is_read = (read_at IS NOT NULL))
);
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, dedup_key);
CREATE INDEX notifications_list ON notifications (user_id, created_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX notifications_unread ON notifications (user_id, ticket_id, type) WHERE NOT is_read AND NOT is_deleted;

CREATE TABLE notification_preferences (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL,
  type       text NOT NULL,
  channel    text NOT NULL CHECK (channel IN ('in_app', 'email', 'push')),
  mode       text NOT NULL CHECK (mode IN ('instant', 'digest', 'off')),
  is_deleted boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL CHECK (version >= 1),
  CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX notification_preferences_once ON notification_preferences (user_id, type, channel);

-- What the users service tells of people, kept by its feed.
CREATE TABLE communication_replica_users (
  id            uuid PRIMARY KEY,
  first_name    text,
  last_name     text,
  role          text,
  department_id uuid,
  is_active     boolean NOT NULL DEFAULT true,
  is_deleted    boolean NOT NULL DEFAULT false,
  version       bigint NOT NULL
);
CREATE INDEX communication_replica_users_moderators ON communication_replica_users (id) WHERE role = 'moderator' AND is_active AND NOT is_deleted;
