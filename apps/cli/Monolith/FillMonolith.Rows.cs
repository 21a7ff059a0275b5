using System.Globalization;
using System.Text;
using Npgsql;

namespace Hdms.Cli.Monolith;

internal sealed partial class FillMonolith
{
    static readonly DateTime Founded = MonolithPlan.LastDay.AddDays(-MonolithPlan.Days - 1600);

    static readonly (string Priority, decimal Response, decimal Resolution)[] Hours = [("urgent", 1, 8), ("high", 2, 24), ("medium", 4, 48), ("low", 8, 72)];

    async Task PeopleAsync(NpgsqlConnection connection, OldPeople people, CancellationToken ct)
    {
        await FillAsync(connection, "users_department", "id, name, code, head_id, total_capacity, queue_enabled, created_at, updated_at", rows =>
        {
            for (var id = 1; id <= plan.Departments; id++)
                rows.Add(id, OldWords.Departments[id - 1].Name, OldWords.Departments[id - 1].Code, OldPeople.HeadOf(id), 100_000, id % 3 == 0, Founded, Founded);
        }, ct);
        await FillAsync(
            connection,
            "users_user",
            "id, password, last_login, is_superuser, is_staff, is_active, date_joined, employee_code, cnic, email, phone_number, first_name, last_name, role, helpdesk_authorized, department_id, sms_user_id, last_sms_sync, created_at, updated_at",
            rows =>
            {
                foreach (var p in people.All)
                {
                    var dice = _dice.Of("person", p.Id);
                    rows.Add(
                        p.Id, p.Password, dice.Happens("signed in", 0.9) ? Zoned(MonolithPlan.LastDay.AddMinutes(-dice.Number("last", 50_000))) : null, p.Role == "admin", p.Role is "admin" or "moderator",
                        p.IsActive, Zoned(p.Joined), p.Code, string.Create(CultureInfo.InvariantCulture, $"42101-{p.Id:D7}-{p.Id % 10}"), p.Email, $"+92 300 {1_000_000 + p.Id}", p.First, p.Last, p.Role,
                        p.IsAuthorized, p.Department, dice.Happens("sms", 0.5) ? $"sms-{p.Id}" : null, dice.Happens("sms", 0.5) ? MonolithPlan.LastDay.AddDays(-1) : null, p.Joined, p.Joined.AddDays(dice.Number("changed", 300)));
                }
            },
            ct);
        await FillAsync(connection, "users_team_member", "id, department_id, user_id, added_at", rows =>
        {
            foreach (var p in people.All.Where(p => p is { Role: "requestor", Department: not null } && _dice.Of("person", p.Id).Happens("in team", 0.4)))
                rows.Add(rows.Count + 1, p.Department, p.Id, p.Joined.AddDays(1));
        }, ct);
    }

    async Task TicketsAsync(NpgsqlConnection connection, OldPeople people, IReadOnlyList<OldTicket> tickets, CancellationToken ct)
    {
        await FillAsync(connection, "tickets_slatemplate", "id, name, description, priority, response_time_h, resolution_time_h, department_id, is_active, created_by_id, created_at, updated_at", rows =>
        {
            foreach (var (priority, response, resolution) in Hours)
                rows.Add(rows.Count + 1, $"{priority} for all", "", priority, response, resolution, null, true, null, Founded, Founded);
            rows.Add(rows.Count + 1, "finance at month's end", "", "urgent", 0.5m, 4m, 2, true, people.Moderator(_dice), Founded, Founded);
        }, ct);
        await FillAsync(
            connection,
            "tickets_ticket",
            "id, ticket_id, title, description, status, previous_status, priority, category, tags_csv, requestor_id, department_id, assignee_id, sla_template_id, response_due_at, due_at, submitted_at, assigned_at, acknowledged_at, started_at, postponed_at, completed_at, resolved_at, closed_at, closed_reason, progress_percent, completion_notes, rejection_reason, postponement_reason, version, reopen_count, requires_approval, feedback_rating, feedback_text, is_deleted, deleted_at, created_at, updated_at",
            rows =>
            {
                foreach (var t in tickets)
                    AddTicket(rows, t);
            },
            ct);
    }

    static void AddTicket(CopyRows rows, OldTicket t)
    {
        var dice = t.Dice;
        var (thing, trouble) = (dice.One("thing", OldWords.Things), dice.One("trouble", OldWords.Troubles));
        var (_, response, resolution) = Array.Find(Hours, h => h.Priority == t.Priority);
        var description = $"The {thing} {trouble}. {dice.One("first", OldWords.Sentences)} {dice.One("second", OldWords.Sentences)}";
        var isDone = t.Resolved is not null;
        var isDeleted = t.Status == "draft" && dice.Happens("discarded", 0.3);
        rows.Add(
            t.Id, t.Number, $"{char.ToUpperInvariant(thing[0])}{thing[1..]} {trouble}", description, t.Status, t.PreviousStatus, t.Priority, dice.One("category", OldWords.Categories),
            dice.Happens("tagged", 0.2) ? $"{dice.One("tag", OldWords.Tags)}, {dice.One("tag 2", OldWords.Tags)}" : "", t.Requestor, t.Department, t.Assignee, t.Assigned is null ? null : Array.FindIndex(Hours, h => h.Priority == t.Priority) + 1,
            t.Submitted?.AddHours((double)response), t.Assigned?.AddHours((double)resolution), t.Submitted, t.Assigned, t.Started?.AddMinutes(-1) ?? (t.Status == "assigned" && dice.Happens("seen", 0.5) ? t.Assigned : null), t.Started,
            t.Status == "postponed" ? t.Updated : null, t.Status == "completed" ? t.Resolved : null, t.Status == "completed" ? null : t.Resolved, t.Closed, t.ClosedReason,
            isDone ? 100 : t.Status is "in_progress" or "waiting_approval" ? dice.Number("progress", 20) * 5 : 0, isDone ? dice.One("notes", OldWords.Replies) : "",
            t.Status is "rejected" or "on_hold_2" ? "Not a matter for the help desk." : "", t.Status == "postponed" ? "The part is not to be had before next month." : "", t.Version, t.Version - 1,
            t.Department == 2, isDone && dice.Happens("rated", 0.4) ? dice.Between("rating", 1, 5) : null, "", isDeleted, isDeleted ? t.Updated : null, t.Created, t.Updated);
    }

    async Task PartsAsync(NpgsqlConnection connection, OldPeople people, IReadOnlyList<OldTicket> tickets, CancellationToken ct)
    {
        await FillAsync(
            connection, "tickets_subticket", "id, parent_id, number, title, description, status, priority, department_id, assignee_id, created_by_id, progress_percent, version, due_at, resolved_at, closed_at, created_at, updated_at", rows =>
            {
                foreach (var t in tickets.Where(t => t is { Assigned: not null, Number: not null } && t.Dice.Happens("split", 0.05)))
                {
                    for (var n = 1; n <= t.Dice.Between("parts", 1, 3); n++)
                    {
                        var department = 1 + t.Dice.Number($"part {n}", plan.Departments);
                        var status = t.Closed is not null ? "closed" : t.Dice.One($"part status {n}", ["assigned", "in_progress", "completed", "closed"]);
                        var until = t.Closed ?? t.Resolved ?? t.Updated;
                        rows.Add(
                            rows.Count + 1, t.Id, $"{t.Number}-S{n}", $"Part {n} for {OldWords.Departments[department - 1].Name}", t.Dice.One($"part text {n}", OldWords.Sentences), status, t.Priority, department, OldPeople.HeadOf(department),
                            people.Moderator(t.Dice), status is "closed" or "completed" ? 100 : 0, 1, t.Assigned?.AddDays(3), status is "closed" or "completed" ? until : null, status == "closed" ? until : null, t.Assigned, until);
                    }
                }
            }, ct);
        await FillAsync(connection, "tickets_approval", "id, ticket_id, requested_by_id, approver_id, status, reason, documents, decided_at, created_at", rows =>
        {
            foreach (var t in tickets.Where(t => t.Assigned is not null && (t.Status is "waiting_approval" or "approved" || t.Dice.Happens("approval", 0.03))))
            {
                var status = t.Status == "waiting_approval" ? "pending" : t.Dice.Happens("changes", 0.1) ? "changes_requested" : "approved";
                var since = t.Started ?? t.Assigned!.Value;
                rows.Add(
                    rows.Count + 1, t.Id, OldPeople.HeadOf(t.Department!.Value), people.Approver(t.Dice), status, status == "changes_requested" ? "Please attach the second offer." : "", "[\"offer.pdf\"]",
                    status == "pending" ? null : t.Resolved ?? t.Updated, since);
            }
        }, ct);
    }

    async Task TalkAsync(NpgsqlConnection connection, OldPeople people, IReadOnlyList<OldTicket> tickets, CancellationToken ct)
    {
        var last = new Dictionary<long, long>();
        var said = 0;
        await FillAsync(connection, "chat_message", "id, ticket_id, sender_id, version, message, is_system, edited_at, is_deleted, created_at", rows =>
        {
            foreach (var t in tickets.Where(t => t.Submitted is not null))
            {
                var count = t.Dice.Number("messages", 13);
                var gap = ((t.Closed ?? MonolithPlan.LastDay) - t.Submitted!.Value) / (count + 1);
                for (var n = 1; n <= count; n++)
                {
                    var dice = t.Dice.Of("message", n);
                    var at = Millisecond(t.Submitted.Value + (gap * n));
                    var sender = dice.Happens("requestor", 0.5) ? t.Requestor : t.Assignee ?? people.Moderator(t.Dice);
                    last[t.Id] = rows.Count + 1;
                    rows.Add(rows.Count + 1, t.Id, sender, n < count ? 1 : t.Version, Text(dice, said++), false, dice.Happens("edited", 0.02) ? at.AddMinutes(5) : null, dice.Happens("deleted", 0.01), at);
                }
            }
        }, ct);
        await FillAsync(connection, "chat_participant", "id, ticket_id, user_id, role, muted, last_read_message_id, joined_at, left_at", rows =>
        {
            var twice = 0;
            foreach (var t in tickets.Where(t => t.Submitted is not null))
            {
                long? read = last.TryGetValue(t.Id, out var id) && t.Dice.Happens("read", 0.8) ? id : null;
                rows.Add(rows.Count + 1, t.Id, t.Requestor, "requestor", t.Dice.Happens("muted", 0.02), read, t.Submitted, null);
                if (t.Assignee is { } head)
                    rows.Add(rows.Count + 1, t.Id, head, "assignee", false, read, t.Assigned, null);
                if (t.Dice.Happens("moderated", 0.7))
                    rows.Add(rows.Count + 1, t.Id, people.Moderator(t.Dice), "moderator", false, null, t.Submitted, t.Dice.Happens("left", 0.1) ? t.Updated : null);
                if (MonolithPlan.IsAmong(twice++, plan.DuplicateParticipants))
                    rows.Add(rows.Count + 1, t.Id, t.Requestor, "requestor", false, null, t.Submitted?.AddMinutes(3), null);
            }

            for (var n = 1; n <= plan.OrphanParticipants; n++)
                rows.Add(rows.Count + 1, plan.Tickets + 1_000_000L + n, people.Requestor(_dice.Of("orphan", n)), "requestor", false, null, Founded, null);
        }, ct);
    }

    string Text(Dice dice, int nth)
    {
        var text = $"{dice.One("reply", OldWords.Replies)} {dice.One("sentence", OldWords.Sentences)}";
        if (nth < plan.BlankMessages)
            return " \r\n\t ";
        nth -= plan.BlankMessages;
        if (nth < plan.LongMessages)
            return new StringBuilder().Insert(0, "A log of the whole night follows. ", 360).ToString()[..12_000];
        nth -= plan.LongMessages;
        return nth < plan.MessyMessages ? $"{text}\u0007\u001b[31m\r\nSecond line\u0001\r\n   \r\n" : text;
    }

    async Task NotificationsAsync(NpgsqlConnection connection, OldPeople people, IReadOnlyList<OldTicket> tickets, CancellationToken ct) => await FillAsync(
        connection, "notifications_notification", "id, user_id, ticket_id, type, title, message, is_read, read_at, created_at", rows =>
        {
            foreach (var t in tickets.Where(t => t.Submitted is not null))
            {
                Tell(t, people.Moderator(t.Dice), "ticket_created", "was raised", t.Submitted!.Value);
                if (t is { Assignee: { } head, Assigned: { } assigned })
                    Tell(t, head, "ticket_assigned", "was assigned to you", assigned);
                if (t.Resolved is { } resolved)
                    Tell(t, t.Requestor, "status_changed", "is resolved", resolved);
            }

            for (var n = 1; n <= plan.OrphanNotifications; n++)
                rows.Add(rows.Count + 1, people.Requestor(_dice.Of("orphan", n)), plan.Tickets + 2_000_000L + n, "ticket_created", "HD-2019-0001 was raised", "", true, Zoned(Founded), Zoned(Founded));

            void Tell(OldTicket t, long user, string type, string says, DateTime at)
            {
                var isRead = t.Dice.Happens($"read {type}", 0.9);
                rows.Add(rows.Count + 1, user, t.Id, type, $"{t.Number} {says}", t.Dice.One("thing", OldWords.Things), isRead, isRead ? Zoned(at.AddMinutes(30)) : null, Zoned(at));
            }
        }, ct);

    async Task FilesAsync(NpgsqlConnection connection, IReadOnlyList<OldTicket> tickets, CancellationToken ct) => await FillAsync(
        connection, "files_attachment", "id, file_key, original_filename, file_size, mime_type, file_path, ticket_id, sub_ticket_id, chat_message_id, uploaded_by_id, created_at", rows =>
        {
            foreach (var t in tickets.Where(t => t.Submitted is not null && t.Dice.Happens("file", 0.2)))
                Attach(t.Dice.Of("file", 1), t.Id, t.Requestor, t.Submitted!.Value);
            for (var n = 1; n <= plan.OrphanAttachments; n++)
                Attach(_dice.Of("orphan file", n), plan.Tickets + 3_000_000L + n, null, Founded);

            void Attach(Dice dice, long ticket, long? by, DateTime at)
            {
                var key = new Guid(dice.Bytes("key", 16));
                var text = $"Notes to ticket {ticket}\n\n{dice.One("note", OldWords.Sentences)}\n";
                var path = $"attachments/{at:yyyy/MM}/{key:N}.txt";
                if (files is not null)
                    Write(Path.Combine(files, path), text);
                rows.Add(rows.Count + 1, key, $"notes {dice.Number("name", 900)}.txt", Encoding.UTF8.GetByteCount(text), "text/plain", path, ticket, null, null, by, at);
            }
        }, ct);

    static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>What the framework keeps for itself.</summary>
    async Task DjangoAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        string[] models = ["user", "department", "ticket", "subticket", "approval", "message", "participant", "notification", "attachment"];
        await FillAsync(connection, "django_content_type", "id, app_label, model", rows => Array.ForEach(models, m => rows.Add(rows.Count + 1, "helpdesk", m)), ct);
        await FillAsync(connection, "auth_permission", "id, name, content_type_id, codename", rows =>
        {
            for (var model = 1; model <= models.Length; model++)
            {
                foreach (var verb in new[] { "add", "change", "delete", "view" })
                    rows.Add(rows.Count + 1, $"Can {verb} {models[model - 1]}", model, $"{verb}_{models[model - 1]}");
            }
        }, ct);
        await FillAsync(connection, "auth_group", "id, name", rows => rows.Add(1, "Moderators"), ct);
        await FillAsync(connection, "auth_group_permissions", "id, group_id, permission_id", rows => rows.Add(1, 1, 1), ct);
        await FillAsync(connection, "users_user_groups", "id, user_id, group_id", rows =>
        {
            for (var n = 1; n <= plan.Moderators; n++)
                rows.Add(n, plan.Departments + n, 1);
        }, ct);
        await FillAsync(connection, "django_migrations", "id, app, name, applied", rows => Array.ForEach(models, m => rows.Add(rows.Count + 1, m, "0001_initial", Zoned(Founded))), ct);
        await FillAsync(connection, "django_session", "session_key, session_data, expire_date", rows =>
        {
            for (var n = 1; n <= 50; n++)
                rows.Add(Convert.ToHexStringLower(_dice.Of("session", n).Bytes("key", 16)), "e30:signed", Zoned(MonolithPlan.LastDay.AddDays(14)));
        }, ct);
        await FillAsync(connection, "django_admin_log", "id, action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id", rows =>
        {
            for (var n = 1; n <= 100; n++)
                rows.Add(n, Zoned(MonolithPlan.LastDay.AddHours(-n)), $"{n}", "user", 2, "[]", 1, plan.Departments + plan.Moderators + plan.Approvers + 1);
        }, ct);
    }

    static DateTime Millisecond(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMillisecond));
}
