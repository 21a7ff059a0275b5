-- What needs attention is counted on every page of the board: by these indexes alone, without looking at the rows, which are all over the table.
DROP INDEX view_tickets_pool;
CREATE INDEX view_tickets_pool ON view_tickets (submitted_at) INCLUDE (id) WHERE status IN ('submitted', 'pending') AND NOT is_deleted;
DROP INDEX view_tickets_unacknowledged;
CREATE INDEX view_tickets_unacknowledged ON view_tickets (assigned_at) INCLUDE (id) WHERE status = 'assigned' AND acknowledged_at IS NULL AND NOT is_deleted;
DROP INDEX view_tickets_running;
CREATE INDEX view_tickets_running ON view_tickets (due_at) INCLUDE (id)
  WHERE status IN ('submitted', 'pending', 'under_review', 'assigned', 'in_progress', 'waiting_approval', 'approved', 'reopened') AND NOT is_deleted;
-- What waits for one person is looked for by the person, not among all that waits for anybody.
CREATE INDEX view_tickets_to_acknowledge ON view_tickets (assignee_id) INCLUDE (id) WHERE status = 'assigned' AND acknowledged_at IS NULL AND NOT is_deleted;
CREATE INDEX view_tickets_to_approve ON view_tickets USING gin (pending_approvers) WHERE status = 'waiting_approval' AND NOT is_deleted;
