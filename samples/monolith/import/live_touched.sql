-- An import while the old help desk is used: which tickets, and what belongs to none, have been written to since. In the replica, so that
-- the old system notices nothing.

CREATE TABLE hdms_import.touched (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, id bigint);

-- By ticket, since that is what the other scripts make rows of; by row where there is none. Small tables are made anew whole.
CREATE FUNCTION hdms_import.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    INSERT INTO hdms_import.touched (kind) VALUES ('all');
  ELSIF TG_ARGV[0] = 'small' THEN
    INSERT INTO hdms_import.touched (kind) VALUES ('small');
  ELSE
    INSERT INTO hdms_import.touched (kind, id)
    SELECT DISTINCT CASE WHEN r.it ->> TG_ARGV[0] IS NULL THEN TG_TABLE_NAME ELSE 'ticket' END, coalesce(r.it ->> TG_ARGV[0], r.it ->> 'id')::bigint
    FROM (VALUES (to_jsonb(OLD)), (to_jsonb(NEW))) AS r (it) WHERE r.it IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;

-- ALWAYS: whoever brings the changes does so as a replica, for whom triggers rest.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('users_department', 'small'), ('users_user', 'small'), ('users_team_member', 'small'), ('tickets_slatemplate', 'small'),
    ('tickets_ticket', 'id'), ('tickets_subticket', 'parent_id'), ('tickets_approval', 'ticket_id'), ('chat_message', 'ticket_id'), ('chat_participant', 'ticket_id'),
    ('notifications_notification', 'ticket_id'),
    -- A file hangs on any of three things: of which ticket it is, is looked for when all are there.
    ('files_attachment', 'none')) AS of (name, ticket)
  LOOP
    EXECUTE format('CREATE TRIGGER hdms_touch AFTER INSERT OR UPDATE OR DELETE ON hdms_import.%I FOR EACH ROW EXECUTE FUNCTION hdms_import.touch(%L)', t.name, t.ticket);
    EXECUTE format('CREATE TRIGGER hdms_touch_all AFTER TRUNCATE ON hdms_import.%I FOR EACH STATEMENT EXECUTE FUNCTION hdms_import.touch()', t.name);
    EXECUTE format('ALTER TABLE hdms_import.%I ENABLE ALWAYS TRIGGER hdms_touch, ENABLE ALWAYS TRIGGER hdms_touch_all', t.name);
  END LOOP;
END $$;

-- What hangs on a ticket is found by it; the old system had no need to.
CREATE INDEX hdms_by_ticket ON hdms_import.notifications_notification (ticket_id);
CREATE INDEX hdms_by_sub_ticket ON hdms_import.files_attachment (sub_ticket_id) WHERE sub_ticket_id IS NOT NULL;
CREATE INDEX hdms_by_message ON hdms_import.files_attachment (chat_message_id) WHERE chat_message_id IS NOT NULL;
CREATE INDEX hdms_by_number ON hdms_import.tickets_ticket (split_part(ticket_id, '-', 2), ltrim(split_part(ticket_id, '-', 3), '0'));
