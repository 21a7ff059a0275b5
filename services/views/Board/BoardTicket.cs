using System.Text.Json;
using Hdms.Contracts;
using Hdms.Views.Sight;

namespace Hdms.Views.Board;

/// <summary>A row of <c>view_tickets</c> with the names that belong to it, as the board's query gives it.</summary>
sealed record BoardTicket : TicketState
{
    public long Version { get; init; }

    public int Messages { get; init; }

    public int Attachments { get; init; }

    public int Unread { get; init; }

    public DateTimeOffset LastActivityAt { get; init; }

    public PersonRef? Requester { get; init; }

    public DepartmentRef? Department { get; init; }

    public PersonRef? Assignee { get; init; }

    public PersonRef? Claimer { get; init; }

    public string SortKey { get; init; } = "";

    public static string Select(BoardOrder order) =>
        $"""
        SELECT r.id, r.number, r.title, r.status, r.priority, r.category, r.requester_id, r.created_by, r.department_id, r.assignee_id, r.claimed_by,
               r.awaiting_requester, r.sla_template_id, r.response_due_at, r.due_at, r.sla_paused_at, r.sla, r.submitted_at, r.assigned_at, r.acknowledged_at,
               r.resolved_at, r.closed_at, r.progress_percent, r.approvers, r.pending_approvers, r.tags, r.sub_tickets, r.open_sub_tickets, r.sub_ticket_heads,
               r.created_at, r.updated_at, r.version, r.messages, r.attachments, r.last_activity_at, r.{order.Column}::text AS sort_key,
               json_build_object('id', r.requester_id, 'first_name', requester.first_name, 'last_name', requester.last_name) AS requester,
               CASE WHEN r.department_id IS NOT NULL THEN json_build_object('id', r.department_id, 'code', d.code, 'name', d.name) END AS department,
               CASE WHEN r.assignee_id IS NOT NULL THEN json_build_object('id', r.assignee_id, 'first_name', assignee.first_name, 'last_name', assignee.last_name) END AS assignee,
               CASE WHEN r.claimed_by IS NOT NULL THEN json_build_object('id', r.claimed_by, 'first_name', claimer.first_name, 'last_name', claimer.last_name) END AS claimer,
               (SELECT count(*) FROM (
                  SELECT FROM view_messages AS m
                  WHERE m.ticket_id = p.ticket_id AND NOT m.is_deleted AND m.sender_id <> p.user_id AND m.created_at >= p.visible_from
                    AND m.number > coalesce((SELECT l.number FROM view_messages AS l WHERE l.id = p.last_read_message_id), 0)
                  LIMIT {ViewsRules.CountedUpTo}) AS counted) AS unread
        FROM view_tickets AS r
        LEFT JOIN view_users AS requester ON requester.id = r.requester_id
        LEFT JOIN view_departments AS d ON d.id = r.department_id
        LEFT JOIN view_users AS assignee ON assignee.id = r.assignee_id
        LEFT JOIN view_users AS claimer ON claimer.id = r.claimed_by
        LEFT JOIN view_participants AS p ON p.ticket_id = r.id AND p.user_id = @me AND p.is_live
        """;

    public static BoardTicket Read(string json) => JsonSerializer.Deserialize<BoardTicket>(json, Json.Tolerant)!;

    /// <summary>As far as the caller sees it; of its title alone, what the tickets service shows with it.</summary>
    public BoardRow Row(Standing standing, IReadOnlyDictionary<Guid, WorkCalendar> calendars, DateTimeOffset now) => standing.SeesWhole(this)
        ? new BoardRow(
            Id, Number, Title, Status, Priority, Category, Requester, Department, Assignee, Claimer, SlaReading.Of(this, calendars, now), ProgressPercent,
            SubTickets, OpenSubTickets, Messages, Unread, Attachments, NeedsAttention(now), AwaitingRequester, Tags, SubmittedAt, CreatedAt, UpdatedAt,
            LastActivityAt, Version)
        : new BoardRow(
            Id, Number, Title, Status, Priority, null, null, Department, null, null, null, 0, 0, 0, 0, 0, 0, false, false, [], null, CreatedAt, UpdatedAt,
            UpdatedAt, Version);

    /// <summary>As <see cref="Tabs.AttentionSql"/>.</summary>
    bool NeedsAttention(DateTimeOffset now) =>
        (Status is TicketStatus.Submitted or TicketStatus.Pending && SubmittedAt < now - ViewsRules.AttentionAfter)
        || (Status == TicketStatus.Assigned && AcknowledgedAt is null && AssignedAt < now - ViewsRules.AttentionAfter)
        || (Tabs.Running.Contains(Status) && DueAt < now);
}
