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

    static readonly string Update =
        $"""
        UPDATE view_tickets AS r
        SET {string.Join(", ", Columns.Select(c => $"{c} = n.{c}"))}, version = @version, last_activity_at = greatest(r.last_activity_at, n.updated_at)
        FROM jsonb_populate_record(NULL::view_tickets, @data::jsonb) AS n
        WHERE r.id = @id AND r.version < @version
        """;

    /// <summary>Of a ticket that was not heard of before, its chat and its files may have been.</summary>
    static readonly string Insert =
        $"""
        INSERT INTO view_tickets (id, version, {string.Join(", ", Columns)}, messages, attachments, last_activity_at)
        SELECT @id, @version, {string.Join(", ", Columns.Select(c => $"n.{c}"))},
               (SELECT count(*) FROM view_messages WHERE ticket_id = @id AND NOT is_deleted),
               (SELECT count(*) FROM view_files WHERE ticket_id = @id AND is_there),
               greatest(
                 n.updated_at,
                 (SELECT max(updated_at) FROM view_messages WHERE ticket_id = @id AND NOT is_deleted),
                 (SELECT max(updated_at) FROM view_messages WHERE ticket_id = @id AND is_deleted))
        FROM jsonb_populate_record(NULL::view_tickets, @data::jsonb) AS n
        ON CONFLICT (id) DO NOTHING
        """;

    public static void Handle(FeedHandlers on) => on
        .FromStartAfterRestore(async unit =>
        {
            await OneWriter.HoldAsync(unit);
            await unit.ExecuteAsync("DELETE FROM view_tickets; DELETE FROM view_substitutes; DELETE FROM view_calendars");
        })
        .Every<TicketState>((unit, ticket, e) => TakeAsync(unit, ticket, e))
        .Every<SubstituteState>((unit, _, e) => Substitutes.TakeAsync(unit, e))
        .Every<CalendarState>((unit, _, e) => Calendars.TakeAsync(unit, e));

    static async Task TakeAsync(UnitOfWork unit, TicketState ticket, FeedEvent e)
    {
        await OneWriter.HoldAsync(unit);
        var args = new { id = ticket.Id, version = e.Streamversion, data = e.Data.GetRawText() };
        if (await unit.ExecuteAsync(Update, args) == 0)
        {
            await unit.ExecuteAsync(Insert, args);
        }
    }
}
