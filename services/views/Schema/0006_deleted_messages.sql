-- Of a ticket that is new here, what was said in it before is looked up, also what was deleted since: few rows, of a table with millions.
CREATE INDEX view_messages_deleted ON view_messages (ticket_id) WHERE is_deleted;
