-- Tickets, and what hangs on them.

CREATE TABLE hdms_import.sla_templates AS
SELECT s.id AS old, hdms_import.key('tickets_slatemplate', s.id) AS id, hdms_import.clean(s.name)::varchar(200) AS name, hdms_import.said(s.description)::varchar(2000) AS description, s.priority,
       s.response_time_h AS response_hours, s.resolution_time_h AS resolution_hours, hdms_import.key('users_department', s.department_id) AS department_id,
       s.is_active AND row_number() OVER (PARTITION BY s.department_id, s.priority, s.is_active ORDER BY s.updated_at DESC, s.id DESC) = 1 AS is_active,
       hdms_import.key('users_user', u.old) AS created_by, hdms_import.local(s.created_at) AS created_at, hdms_import.local(s.updated_at) AS updated_at, 1::bigint AS version
FROM hdms_import.tickets_slatemplate AS s LEFT JOIN hdms_import.users AS u ON u.old = s.created_by_id
WHERE s.priority IN ('urgent', 'high', 'medium', 'low') AND s.response_time_h > 0 AND s.resolution_time_h >= s.response_time_h;

INSERT INTO hdms_import.rejected
SELECT 'tickets_slatemplate', s.id, 'its hours or its priority are none', to_jsonb(s) FROM hdms_import.tickets_slatemplate AS s WHERE s.id NOT IN (SELECT old FROM hdms_import.sla_templates);
INSERT INTO hdms_import.changed
SELECT 'tickets_slatemplate', s.id, 'is not active any more: another one is for the same', NULL FROM hdms_import.tickets_slatemplate AS s JOIN hdms_import.sla_templates AS n ON n.old = s.id WHERE s.is_active AND NOT n.is_active;

-- The status of today, before anything is known of who has it.
CREATE TABLE hdms_import.tickets_judged AS
SELECT j.*,
       CASE WHEN j.status IS NULL THEN 'has a status that nobody knows'
            WHEN r.old IS NULL THEN 'its requestor was not taken'
            WHEN j.status <> 'draft' AND j.department IS NULL THEN 'has no department'
            WHEN j.department IS NOT NULL AND d.old IS NULL THEN 'its department was not taken'
            WHEN j.status <> 'draft' AND j.number !~ '^HD-\d{4}-\d{4,9}$' THEN 'its number is none'
            WHEN j.status <> 'draft' AND j.number IS NULL THEN 'has no number'
            WHEN j.number IS NOT NULL AND count(*) OVER (PARTITION BY split_part(j.number, '-', 2), ltrim(split_part(j.number, '-', 3), '0') ORDER BY j.old) > 1 THEN 'its number is another''s'
            WHEN j.status = 'closed' AND j.closed_reason IS NULL AND hdms_import.policy('closed_without_reason') = 'reject' THEN 'was closed without a reason'
            WHEN j.needs_assignee AND a.old IS NULL AND hdms_import.policy('work_without_assignee') = 'reject' THEN 'is being worked on by nobody'
       END AS reason,
       a.id AS assignee, d.head_id AS head
FROM (
  SELECT t.id AS old, t.requestor_id AS requestor, t.department_id AS department, t.assignee_id AS assignee_old, CASE WHEN t.status = 'draft' THEN NULL ELSE t.ticket_id END AS number, t.closed_reason, s.status,
         s.status IN ('assigned', 'in_progress', 'waiting_approval', 'approved', 'resolved') AS needs_assignee
  FROM hdms_import.tickets_ticket AS t CROSS JOIN LATERAL (
    SELECT CASE WHEN t.status = 'completed' THEN 'resolved'
                WHEN t.status IN ('draft', 'submitted', 'pending', 'under_review', 'assigned', 'in_progress', 'waiting_approval', 'approved', 'rejected', 'resolved', 'closed', 'reopened', 'postponed') THEN t.status
                ELSE nullif(hdms_import.policy('unknown_status'), 'reject') END AS status) AS s) AS j
LEFT JOIN hdms_import.users AS r ON r.old = j.requestor
LEFT JOIN hdms_import.departments AS d ON d.old = j.department
LEFT JOIN hdms_import.users AS a ON a.old = j.assignee_old;
CREATE UNIQUE INDEX ON hdms_import.tickets_judged (old);

-- Where nobody has the work: the head, or back to the moderators; a department without a head leaves only the latter.
UPDATE hdms_import.tickets_judged SET status = CASE WHEN status = 'resolved' THEN 'closed' ELSE 'under_review' END
WHERE reason IS NULL AND needs_assignee AND assignee IS NULL AND (hdms_import.policy('work_without_assignee') = 'queue' OR head IS NULL);
UPDATE hdms_import.tickets_judged SET assignee = head WHERE reason IS NULL AND needs_assignee AND assignee IS NULL AND status IN ('assigned', 'in_progress', 'waiting_approval', 'approved', 'resolved');

INSERT INTO hdms_import.rejected
SELECT 'tickets_ticket', t.id, j.reason, to_jsonb(t) FROM hdms_import.tickets_judged AS j JOIN hdms_import.tickets_ticket AS t ON t.id = j.old WHERE j.reason IS NOT NULL;

CREATE TABLE hdms_import.sub_tickets AS
SELECT s.id AS old, hdms_import.key('tickets_subticket', s.id) AS id, hdms_import.key('tickets_ticket', s.parent_id) AS parent_ticket_id,
       (j.number || '-S' || row_number() OVER w)::varchar(30) AS number, (row_number() OVER w)::int AS number_in_parent,
       coalesce(hdms_import.said(s.title), '(no title)')::varchar(500) AS title, hdms_import.said(s.description)::varchar(65536) AS description, s.priority,
       hdms_import.key('users_department', s.department_id) AS department_id, coalesce(a.id, d.head_id) AS assignee_id,
       CASE s.status WHEN 'completed' THEN 'resolved' ELSE s.status END AS status, least(greatest(s.progress_percent, 0), 100) AS progress_percent, greatest(s.version, 1) AS generation,
       greatest(s.version - 1, 0) AS reopen_count, hdms_import.local(s.due_at) AS due_at, CASE WHEN s.status = 'closed' THEN 'verified' END AS closed_reason, c.id AS created_by,
       CASE WHEN s.status IN ('completed', 'resolved', 'closed') THEN hdms_import.local(coalesce(s.resolved_at, s.updated_at)) END AS resolved_at,
       CASE WHEN s.status = 'closed' THEN hdms_import.local(coalesce(s.closed_at, s.updated_at)) END AS closed_at,
       hdms_import.local(s.created_at) AS created_at, hdms_import.local(s.updated_at) AS updated_at, 1::bigint AS version
FROM hdms_import.tickets_subticket AS s
JOIN hdms_import.tickets_judged AS j ON j.old = s.parent_id AND j.reason IS NULL AND j.number IS NOT NULL
JOIN hdms_import.departments AS d ON d.old = s.department_id
JOIN hdms_import.users AS c ON c.old = s.created_by_id
LEFT JOIN hdms_import.users AS a ON a.old = s.assignee_id
WHERE coalesce(a.id, d.head_id) IS NOT NULL AND s.status IN ('assigned', 'in_progress', 'completed', 'resolved', 'closed', 'reopened') AND s.priority IN ('urgent', 'high', 'medium', 'low')
WINDOW w AS (PARTITION BY s.parent_id ORDER BY s.id);
CREATE INDEX ON hdms_import.sub_tickets (parent_ticket_id);
CREATE UNIQUE INDEX ON hdms_import.sub_tickets (old);

INSERT INTO hdms_import.rejected
SELECT 'tickets_subticket', s.id, CASE WHEN j.reason IS NOT NULL THEN 'its ticket was not taken' ELSE 'its status, priority, head or author is none' END, to_jsonb(s)
FROM hdms_import.tickets_subticket AS s LEFT JOIN hdms_import.tickets_judged AS j ON j.old = s.parent_id WHERE NOT EXISTS (SELECT FROM hdms_import.sub_tickets AS n WHERE n.old = s.id);

CREATE TABLE hdms_import.approvals AS
SELECT a.id AS old, hdms_import.key('tickets_approval', a.id) AS id, hdms_import.key('tickets_ticket', a.ticket_id) AS ticket_id, greatest(t.version, 1) AS generation, r.id AS requested_by, p.id AS approver_id,
       (row_number() OVER (PARTITION BY a.ticket_id ORDER BY a.id))::int AS position, 'all'::text AS rule,
       CASE WHEN a.status <> 'pending' THEN a.status WHEN j.status = 'waiting_approval' THEN 'pending' ELSE 'cancelled' END AS status,
       hdms_import.local(a.created_at) AS active_at, hdms_import.said(a.reason)::varchar(2000) AS reason, a.documents,
       CASE WHEN a.status IN ('approved', 'rejected', 'changes_requested') THEN p.id END AS decided_by,
       CASE WHEN a.status IN ('approved', 'rejected', 'changes_requested') THEN hdms_import.local(coalesce(a.decided_at, a.created_at)) END AS decided_at,
       hdms_import.local(a.created_at) AS created_at, hdms_import.local(coalesce(a.decided_at, a.created_at)) AS updated_at, 1::bigint AS version
FROM (SELECT a.*, row_number() OVER (PARTITION BY a.ticket_id, a.approver_id, a.status ORDER BY a.id) AS nth FROM hdms_import.tickets_approval AS a) AS a
JOIN hdms_import.tickets_judged AS j ON j.old = a.ticket_id AND j.reason IS NULL AND j.status <> 'draft'
JOIN hdms_import.tickets_ticket AS t ON t.id = a.ticket_id
JOIN hdms_import.users AS r ON r.old = a.requested_by_id
JOIN hdms_import.users AS p ON p.old = a.approver_id
WHERE a.approver_id <> a.requested_by_id AND (a.status <> 'pending' OR a.nth = 1) AND a.status IN ('pending', 'approved', 'rejected', 'changes_requested', 'cancelled');
CREATE INDEX ON hdms_import.approvals (ticket_id);

INSERT INTO hdms_import.rejected
SELECT 'tickets_approval', a.id, CASE WHEN a.approver_id = a.requested_by_id THEN 'was asked of who asked' WHEN j.reason IS NOT NULL THEN 'its ticket was not taken' ELSE 'its status or its people are none, or it is there twice' END, to_jsonb(a)
FROM hdms_import.tickets_approval AS a LEFT JOIN hdms_import.tickets_judged AS j ON j.old = a.ticket_id WHERE NOT EXISTS (SELECT FROM hdms_import.approvals AS n WHERE n.old = a.id);

-- Nobody is asked, so nobody can answer.
UPDATE hdms_import.tickets_judged AS j SET status = 'in_progress'
WHERE status = 'waiting_approval' AND reason IS NULL AND NOT EXISTS (SELECT FROM hdms_import.approvals AS a WHERE a.ticket_id = hdms_import.key('tickets_ticket', j.old) AND a.status = 'pending');

CREATE TABLE hdms_import.tickets AS
SELECT x.*,
       jsonb_build_object(
         'response', hdms_import.clock(x.sla_template_id, x.submitted_at, x.response_due_at, NULL, coalesce(x.acknowledged_at, x.resolved_at, x.closed_at, CASE WHEN x.status = 'rejected' THEN x.updated_at END), 'submitted'),
         'resolution', hdms_import.clock(x.sla_template_id, x.assigned_at, x.due_at, x.postponed_at, coalesce(x.resolved_at, x.closed_at, CASE WHEN x.status = 'rejected' THEN x.updated_at END), 'assigned')) AS sla,
       x.postponed_at AS sla_paused_at
FROM (
  SELECT t.id AS old, hdms_import.key('tickets_ticket', t.id) AS id, j.number, split_part(j.number, '-', 2)::int AS number_year, split_part(j.number, '-', 3)::int AS number_in_year,
         coalesce(hdms_import.said(t.title), '(no title)')::varchar(500) AS title, left(hdms_import.said(t.description), 65536)::varchar(65536) AS description, j.status,
         CASE WHEN j.status = 'postponed' THEN CASE WHEN t.previous_status IN ('submitted', 'pending', 'under_review', 'reopened') OR j.assignee IS NOT NULL AND t.previous_status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') THEN t.previous_status ELSE 'under_review' END END AS previous_status,
         CASE WHEN lower(t.priority) IN ('urgent', 'high', 'medium', 'low') THEN lower(t.priority) ELSE 'medium' END AS priority, hdms_import.said(t.category)::varchar(100) AS category,
         hdms_import.key('users_user', t.requestor_id) AS requester_id, hdms_import.key('users_user', t.requestor_id) AS created_by, hdms_import.key('users_department', t.department_id) AS department_id,
         CASE WHEN j.status NOT IN ('draft', 'submitted', 'pending', 'under_review', 'reopened') THEN j.assignee END AS assignee_id,
         s.id AS sla_template_id, CASE WHEN j.status <> 'draft' THEN hdms_import.local(t.response_due_at) END AS response_due_at,
         CASE WHEN j.status NOT IN ('draft', 'submitted', 'pending', 'under_review', 'reopened') THEN hdms_import.local(t.due_at) END AS due_at,
         CASE WHEN j.status <> 'draft' THEN hdms_import.local(coalesce(t.submitted_at, t.created_at)) END AS submitted_at,
         CASE WHEN j.status NOT IN ('draft', 'submitted', 'pending', 'under_review', 'reopened') THEN hdms_import.local(coalesce(t.assigned_at, CASE WHEN j.needs_assignee THEN t.updated_at END)) END AS assigned_at,
         CASE WHEN j.status NOT IN ('draft', 'submitted', 'pending', 'under_review', 'reopened') THEN hdms_import.local(t.acknowledged_at) END AS acknowledged_at,
         CASE WHEN j.status NOT IN ('draft', 'submitted', 'pending', 'under_review', 'assigned', 'reopened') THEN hdms_import.local(t.started_at) END AS started_at,
         CASE WHEN j.status = 'postponed' THEN hdms_import.local(coalesce(t.postponed_at, t.updated_at)) END AS postponed_at,
         CASE WHEN j.status IN ('resolved', 'closed') THEN hdms_import.local(coalesce(t.completed_at, t.resolved_at, CASE WHEN j.status = 'resolved' THEN t.updated_at END)) END AS resolved_at,
         CASE WHEN j.status = 'closed' THEN hdms_import.local(coalesce(t.closed_at, t.updated_at)) END AS closed_at,
         CASE WHEN j.status = 'closed' THEN CASE WHEN t.closed_reason IN ('verified', 'auto', 'forced', 'withdrawn') THEN t.closed_reason ELSE hdms_import.policy('closed_without_reason') END END AS closed_reason,
         least(greatest(t.progress_percent, 0), 100) AS progress_percent, hdms_import.said(t.completion_notes) AS completion_notes, hdms_import.said(t.rejection_reason) AS rejection_reason,
         hdms_import.said(t.postponement_reason) AS postponement_reason, greatest(t.version, 1) AS generation, least(greatest(t.reopen_count, 0), 2) AS reopen_count, t.requires_approval,
         coalesce(ap.approvers, '{}') AS approvers, CASE WHEN j.status = 'waiting_approval' THEN coalesce(ap.pending, '{}') ELSE '{}' END AS pending_approvers,
         CASE WHEN j.status = 'waiting_approval' THEN ap.requested_by END AS approval_requested_by, CASE WHEN j.status = 'waiting_approval' THEN ap.requested_at END AS approval_requested_at,
         CASE WHEN t.feedback_rating BETWEEN 1 AND 5 THEN t.feedback_rating END AS feedback_rating, hdms_import.said(t.feedback_text)::varchar(2000) AS feedback_text,
         ARRAY(SELECT DISTINCT lower(btrim(tag)) FROM unnest(string_to_array(t.tags_csv, ',')) AS tag WHERE btrim(tag) <> '' ORDER BY 1) AS tags,
         coalesce(su.parts, 0) AS sub_tickets, coalesce(su.open, 0) AS open_sub_tickets, coalesce(su.heads, '{}') AS sub_ticket_heads,
         t.is_deleted, CASE WHEN t.is_deleted THEN hdms_import.local(coalesce(t.deleted_at, t.updated_at)) END AS deleted_at,
         hdms_import.local(t.created_at) AS created_at, hdms_import.local(t.updated_at) AS updated_at, 1::bigint AS version
  FROM hdms_import.tickets_ticket AS t
  JOIN hdms_import.tickets_judged AS j ON j.old = t.id AND j.reason IS NULL
  LEFT JOIN hdms_import.sla_templates AS s ON s.old = t.sla_template_id
  LEFT JOIN (SELECT ticket_id, array_agg(DISTINCT approver_id) AS approvers, array_agg(approver_id ORDER BY position) FILTER (WHERE status = 'pending') AS pending,
                    (array_agg(requested_by ORDER BY position) FILTER (WHERE status = 'pending'))[1] AS requested_by, min(created_at) FILTER (WHERE status = 'pending') AS requested_at
             FROM hdms_import.approvals GROUP BY ticket_id) AS ap ON ap.ticket_id = hdms_import.key('tickets_ticket', t.id)
  LEFT JOIN (SELECT parent_ticket_id, count(*)::int AS parts, (count(*) FILTER (WHERE status <> 'closed'))::int AS open, array_agg(DISTINCT assignee_id) AS heads
             FROM hdms_import.sub_tickets GROUP BY parent_ticket_id) AS su ON su.parent_ticket_id = hdms_import.key('tickets_ticket', t.id)
  -- So that the times that clocks are made of are worked out once.
  OFFSET 0) AS x;
CREATE UNIQUE INDEX ON hdms_import.tickets (old);
CREATE UNIQUE INDEX ON hdms_import.tickets (id);

INSERT INTO hdms_import.changed
SELECT 'tickets_ticket', t.id, c.what, c.was FROM hdms_import.tickets_ticket AS t JOIN hdms_import.tickets AS n ON n.old = t.id
CROSS JOIN LATERAL (VALUES
  (CASE WHEN t.status <> n.status THEN 'status ' || t.status || ' became ' || n.status END, t.status),
  (CASE WHEN n.status = 'closed' AND t.closed_reason IS NULL THEN 'closed without a reason: ' || n.closed_reason END, NULL),
  (CASE WHEN t.assignee_id IS NULL AND n.assignee_id IS NOT NULL THEN 'nobody had the work: its department''s head has' END, NULL),
  (CASE WHEN t.title <> n.title OR hdms_import.said(t.description) IS DISTINCT FROM nullif(t.description, '') THEN 'text was cleaned' END, NULL),
  (CASE WHEN t.reopen_count > 2 THEN 'was reopened more often than is possible' END, t.reopen_count::text)) AS c (what, was)
WHERE c.what IS NOT NULL;

-- Old links have the number alone.
CREATE TABLE hdms_import.ticket_old_ids AS SELECT old AS old_id, id AS ticket_id FROM hdms_import.tickets;

CREATE TABLE hdms_import.ticket_counters AS
SELECT number_year AS year, max(number_in_year) AS last FROM hdms_import.tickets WHERE number IS NOT NULL GROUP BY number_year;

-- The old system had them as text alone.
CREATE TABLE hdms_import.categories AS
SELECT hdms_import.uuid_key(substr(sha256(convert_to('hdms:category:' || lower(min(category)), 'UTF8')), 1, 16), 0) AS id, min(category)::varchar(100) AS name, true AS is_active,
       min(created_at) AS created_at, min(created_at) AS updated_at, 1::bigint AS version
FROM hdms_import.tickets WHERE category IS NOT NULL GROUP BY lower(category);
