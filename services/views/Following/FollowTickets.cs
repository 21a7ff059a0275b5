using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.Replicas;

namespace Hdms.Views.Following;

/// <summary>Keeps a row of each ticket, drafts too, and what is needed to read it: calendars of its clocks, who stands in for approvers.</summary>
static class FollowTickets
{
    static readonly Replica Substitutes = new("view_substitutes", ["approver_id", "substitute_id", "starts_at", "ends_at", "is_deleted"]);

    static readonly Replica Calendars = new(
        "view_calendars", ["name", "time_zone", "hours", "holidays", "department_id", "is_deleted", "deleted_at", "created_at", "updated_at"]);

    static readonly string[] Columns =
    [
        "number", "number_year", "number_in_year", "title", "description", "status", "priority", "category", "requester_id", "created_by", "department_id",
        "assignee_id", "claimed_by", "awaiting_requester", "sla_template_id", "response_due_at", "due_at", "sla_paused_at", "sla", "submitted_at", "assigned_at",
        "acknowledged_at", "resolved_at", "confirmed_at", "closed_at", "progress_percent", "approvers", "pending_approvers", "tags", "sub_tickets",
        "open_sub_tickets", "sub_ticket_heads", "is_deleted", "created_at", "updated_at",
    ];

    const string Heard = "unnest(@ids, @versions, @states::jsonb[]) AS h (id, version, state) CROSS JOIN LATERAL jsonb_populate_record(NULL::view_tickets, h.state) AS n";

    /// <summary>Of a ticket that was not heard of before, its chat and its files may have been.</summary>
    static readonly string Take =
        $"""
        UPDATE view_tickets AS r
        SET {string.Join(", ", Columns.Select(c => $"{c} = n.{c}"))}, version = h.version, last_activity_at = greatest(r.last_activity_at, n.updated_at)
        FROM {Heard} WHERE r.id = h.id AND r.version < h.version;
        INSERT INTO view_tickets (id, version, {string.Join(", ", Columns)}, messages, attachments, last_activity_at)
        SELECT h.id, h.version, {string.Join(", ", Columns.Select(c => $"n.{c}"))},
               (SELECT count(*) FROM view_messages WHERE ticket_id = h.id AND NOT is_deleted),
               (SELECT count(*) FROM view_files WHERE ticket_id = h.id AND is_there),
               greatest(
                 n.updated_at,
                 (SELECT max(updated_at) FROM view_messages WHERE ticket_id = h.id AND NOT is_deleted),
                 (SELECT max(updated_at) FROM view_messages WHERE ticket_id = h.id AND is_deleted))
        FROM {Heard} WHERE NOT EXISTS (SELECT FROM view_tickets AS r WHERE r.id = h.id)
        """;

    public static void Handle(FeedHandlers on) => on
        .FromStartAfterRestore(async unit =>
        {
            await OneWriter.HoldAsync(unit);
            await unit.ExecuteAsync("DELETE FROM view_tickets; DELETE FROM view_substitutes; DELETE FROM view_calendars");
        })
        .EveryTogether<TicketState>(TakeAsync)
        .Every<SubstituteState>((unit, _, e) => Substitutes.TakeAsync(unit, e))
        .Every<CalendarState>((unit, _, e) => Calendars.TakeAsync(unit, e));

    /// <summary>Of a ticket of which more was heard at once, the last.</summary>
    static async Task TakeAsync(UnitOfWork unit, IReadOnlyList<(TicketState State, FeedEvent Event)> heard)
    {
        await OneWriter.HoldAsync(unit);
        var last = heard.Select(h => h.Event).GroupBy(e => e.Stream).Select(g => g.MaxBy(e => e.Streamversion)!).ToList();
        await unit.ExecuteAsync(Take, new { ids = last.ConvertAll(e => e.Stream), versions = last.ConvertAll(e => e.Streamversion), states = last.ConvertAll(e => e.Data.GetRawText()) });
    }
}
