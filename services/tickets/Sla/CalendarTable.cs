using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Sla;

/// <summary>Reads and writes calendars, and finds what clocks are set by.</summary>
sealed class CalendarTable : ThingTable<CalendarTable, Calendar, CalendarState, CalendarImported>, INamedTable
{
    public static string Name => "calendars";

    public static string Called => "calendar";

    /// <summary>The template and the calendar for a department and a priority: its own, else the organisation's, else none and round the clock.</summary>
    public static async Task<SlaTerms> TermsAsync(UnitOfWork unit, Guid? departmentId, Priority priority)
    {
        var (template, response, resolution, calendar) = await unit.SingleAsync<(Guid?, decimal, decimal, string?)>(
            """
            SELECT t.id, coalesce(t.response_hours, 0), coalesce(t.resolution_hours, 0), row_to_json(c)::text
            FROM (VALUES (1)) AS one
            LEFT JOIN LATERAL (
                SELECT * FROM sla_templates
                WHERE priority = @priority AND is_active AND NOT is_deleted AND (department_id = @departmentId OR department_id IS NULL)
                ORDER BY department_id NULLS LAST LIMIT 1) AS t ON true
            LEFT JOIN LATERAL (
                SELECT * FROM calendars
                WHERE NOT is_deleted AND (department_id = @departmentId OR department_id IS NULL)
                ORDER BY department_id NULLS LAST LIMIT 1) AS c ON true
            """,
            new { departmentId, priority = priority.Word() });
        return new SlaTerms(
            template,
            template is null ? null : SlaTerms.Minutes(response),
            template is null ? null : SlaTerms.Minutes(resolution),
            calendar is null ? WorkCalendar.RoundTheClock : JsonSerializer.Deserialize<Calendar>(calendar, Json.Tolerant)!.AtWork());
    }

    /// <summary>The calendar by which a clock was set, also when it was deleted since.</summary>
    public static async Task<WorkCalendar> OfClockAsync(UnitOfWork unit, Ticket ticket) =>
        (ticket.Sla.Resolution ?? ticket.Sla.Response)?.CalendarId is { } id && await Rows.FindAsync(unit, "WHERE r.id = @id", new { id }) is { } calendar
            ? calendar.AtWork()
            : WorkCalendar.RoundTheClock;

    /// <summary>The calendars that the tickets' clocks name, by id.</summary>
    public static async Task<IReadOnlyDictionary<Guid, WorkCalendar>> OfTicketsAsync(
        NpgsqlConnection connection, IEnumerable<Ticket> tickets, CancellationToken ct)
    {
        var ids = tickets.SelectMany(t => new[] { t.Sla.Response?.CalendarId, t.Sla.Resolution?.CalendarId }).OfType<Guid>().Distinct().ToArray();
        return ids.Length == 0
            ? new Dictionary<Guid, WorkCalendar>()
            : (await Rows.QueryAsync(connection, "WHERE r.id = ANY(@ids)", new { ids }, ct)).ToDictionary(c => c.Id, c => c.AtWork());
    }
}
