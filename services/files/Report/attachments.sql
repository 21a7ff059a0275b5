-- Every file, removed ones and infected ones among them. Tickets and people by id: report.tickets and report.users have their names.
SELECT id, original_filename, file_size, mime_type, sha256, scan_status, scan_result, scanned_at, ticket_id, sub_ticket_id, chat_message_id, of_ticket_id,
       uploaded_by_id, removed_by, removed_at, deleted_at, created_at, updated_at, version
FROM attachments
