-- Every order of the board, of what is not over: those lists are worked from, and what is over would be gone through on the way to it.
-- The first one also has what they are filtered by, so that a count need not look at the rows.
CREATE INDEX view_tickets_open_due ON view_tickets (due_order, id) INCLUDE (status, priority, category, department_id, assignee_id, requester_id)
  WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_created ON view_tickets (created_at, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_updated ON view_tickets (updated_at, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_submitted ON view_tickets (submitted_order, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_priority ON view_tickets (priority_order, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_number ON view_tickets (number_order, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
CREATE INDEX view_tickets_open_title ON view_tickets (title_order, id) WHERE status NOT IN ('draft', 'closed', 'rejected') AND NOT is_deleted;
