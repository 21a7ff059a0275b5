-- Attachments. hdms_import.bytes has what was found of them below --files.

CREATE TABLE hdms_import.files_judged AS
SELECT f.id AS old, t.id AS ticket, s.id AS sub_ticket, m.id AS message, coalesce(t.id, s.parent_ticket_id, m.ticket_id) AS of_ticket, b.sha256, b.size,
       coalesce(u.id, CASE WHEN hdms_import.policy('files_without_uploader') = 'requester' THEN r.requester_id END) AS uploader, u.id IS NULL AS is_nobodys,
       CASE WHEN coalesce(t.id, s.id, m.id) IS NULL THEN 'what it was attached to is not there, or was not taken'
            WHEN coalesce(u.id, CASE WHEN hdms_import.policy('files_without_uploader') = 'requester' THEN r.requester_id END) IS NULL THEN 'nobody knows who uploaded it'
            WHEN b.old IS NULL THEN 'its bytes are not there (--files)'
            WHEN b.size = 0 THEN 'is empty' END AS reason
FROM hdms_import.files_attachment AS f
LEFT JOIN hdms_import.tickets AS t ON t.old = f.ticket_id
LEFT JOIN hdms_import.sub_tickets AS s ON s.old = f.sub_ticket_id AND t.id IS NULL
LEFT JOIN hdms_import.chat_messages AS m ON m.old = f.chat_message_id AND m.part = 1 AND t.id IS NULL AND s.id IS NULL
LEFT JOIN hdms_import.tickets AS r ON r.id = coalesce(t.id, s.parent_ticket_id, m.ticket_id)
LEFT JOIN hdms_import.users AS u ON u.old = f.uploaded_by_id
LEFT JOIN hdms_import.bytes AS b ON b.old = f.id;

INSERT INTO hdms_import.rejected
SELECT 'files_attachment', f.id, j.reason, to_jsonb(f) FROM hdms_import.files_judged AS j JOIN hdms_import.files_attachment AS f ON f.id = j.old WHERE j.reason IS NOT NULL;
INSERT INTO hdms_import.changed
SELECT 'files_attachment', j.old, 'nobody knows who uploaded it: its ticket''s requester', NULL FROM hdms_import.files_judged AS j WHERE j.reason IS NULL AND j.is_nobodys;
INSERT INTO hdms_import.changed
SELECT 'files_attachment', f.id, 'has another size than was written down', f.file_size::text FROM hdms_import.files_judged AS j JOIN hdms_import.files_attachment AS f ON f.id = j.old WHERE j.reason IS NULL AND f.file_size <> j.size;

CREATE TABLE hdms_import.attachments AS
SELECT f.id AS old, hdms_import.key('files_attachment', f.id) AS id, coalesce(hdms_import.said(f.original_filename), 'file')::varchar(500) AS original_filename, j.size AS file_size,
       coalesce(nullif(f.mime_type, ''), 'application/octet-stream') AS mime_type, lower(left(coalesce(substring(f.original_filename FROM '\.([A-Za-z0-9]+)$'), 'bin'), 10))::varchar(10) AS file_extension,
       j.sha256::char(64) AS sha256, replace(hdms_import.key('files_attachment', f.id)::text, '-', '')::varchar(200) AS file_path, 'not_scanned'::text AS scan_status,
       j.ticket AS ticket_id, j.sub_ticket AS sub_ticket_id, j.message AS chat_message_id, j.of_ticket AS of_ticket_id, j.uploader AS uploaded_by_id,
       hdms_import.local(f.created_at) AS created_at, hdms_import.local(f.created_at) AS updated_at, 1::bigint AS version
FROM hdms_import.files_attachment AS f JOIN hdms_import.files_judged AS j ON j.old = f.id AND j.reason IS NULL;
