-- What was not touched, and is judged by what was: tickets and rows of people, departments and templates that are taken now and were not, or
-- the other way round, or of departments whose head is another. New ones are in nobody's row that is not touched itself.
WITH people AS (
       SELECT old FROM hdms_import.users WHERE old NOT IN (SELECT old FROM hdms_pass.users)
       UNION SELECT old FROM hdms_pass.users WHERE old IN (SELECT old FROM hdms_import.rejected WHERE source = 'users_user')),
     departments AS (
       SELECT old FROM hdms_import.departments WHERE old NOT IN (SELECT old FROM hdms_pass.departments)
       UNION SELECT n.old FROM hdms_pass.departments AS n JOIN hdms_import.departments AS i ON i.old = n.old WHERE i.head_id IS DISTINCT FROM n.head_id),
     templates AS (
       SELECT old FROM hdms_import.sla_templates WHERE old NOT IN (SELECT old FROM hdms_pass.sla_templates)
       UNION SELECT old FROM hdms_pass.sla_templates WHERE old IN (SELECT old FROM hdms_import.rejected WHERE source = 'tickets_slatemplate')),
     anything AS (SELECT EXISTS (SELECT FROM people) OR EXISTS (SELECT FROM departments) OR EXISTS (SELECT FROM templates) AS is_there),
     also (source, id) AS (
       SELECT 'ticket', id FROM hdms_import.tickets_ticket
       WHERE requestor_id IN (SELECT old FROM people) OR assignee_id IN (SELECT old FROM people) OR department_id IN (SELECT old FROM departments) OR sla_template_id IN (SELECT old FROM templates)
       UNION ALL SELECT 'ticket', parent_id FROM hdms_import.tickets_subticket
       WHERE assignee_id IN (SELECT old FROM people) OR created_by_id IN (SELECT old FROM people) OR department_id IN (SELECT old FROM departments)
       UNION ALL SELECT 'ticket', ticket_id FROM hdms_import.tickets_approval WHERE requested_by_id IN (SELECT old FROM people) OR approver_id IN (SELECT old FROM people)
       UNION ALL SELECT 'ticket', ticket_id FROM hdms_import.chat_message WHERE sender_id IN (SELECT old FROM people)
       UNION ALL SELECT 'ticket', ticket_id FROM hdms_import.chat_participant WHERE user_id IN (SELECT old FROM people)
       UNION ALL SELECT CASE WHEN ticket_id IS NULL THEN 'notifications_notification' ELSE 'ticket' END, coalesce(ticket_id, id) FROM hdms_import.notifications_notification WHERE user_id IN (SELECT old FROM people)
       UNION ALL SELECT 'files_attachment', id FROM hdms_import.files_attachment WHERE uploaded_by_id IN (SELECT old FROM people))
SELECT DISTINCT source, id FROM also
WHERE (SELECT is_there FROM anything)
  AND CASE WHEN source = 'ticket' THEN NOT EXISTS (SELECT FROM hdms_pass.ticket_scope AS s WHERE s.id = also.id) ELSE NOT EXISTS (SELECT FROM hdms_pass.row_scope AS s WHERE s.source = also.source AND s.id = also.id) END;
