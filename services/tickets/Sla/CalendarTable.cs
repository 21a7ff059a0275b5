using System.Text.Json;
using Dapper;
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
    public static async Task<SlaTerms> TermsAsync(UnitOfWork unit, Guid? departmentId, Priority priority) =>
        (await unit.SingleAsync<TermsRow>(TermsSql("(VALUES (@departmentId::uuid, @priority))"), new { departmentId, priority = priority.Word() })).Terms();

    /// <summary>As <see cref="TermsAsync"/>, for every department that takes tickets and every priority.</summary>
    public static async Task<IReadOnlyList<(Guid DepartmentId, Priority Priority, SlaTerms Terms)>> TermsOfAllAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var priorities = Enum.GetValues<Priority>().ToDictionary(p => p.Word());
        var rows = await connection.QueryAsync<TermsRow>(new CommandDefinition(
            TermsSql("(SELECT d.id, p FROM tickets_replica_departments AS d CROSS JOIN unnest(@all) AS p WHERE d.state = 'open' AND NOT d.is_deleted)"),
            new { all = priorities.Keys.ToArray() },
            cancellationToken: ct));
        return [.. rows.Select(r => (r.DepartmentId!.Value, priorities[r.Priority], r.Terms()))];
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

    /// <param name="asked">Rows of a department and a priority.</param>
    static string TermsSql(string asked) =>
        $"""
        SELECT a.department_id, a.priority, t.id AS template_id, coalesce(t.response_hours, 0) AS response_hours, coalesce(t.resolution_hours, 0) AS resolution_hours,
               row_to_json(c)::text AS calendar
        FROM {asked} AS a(department_id, priority)
        LEFT JOIN LATERAL (
            SELECT * FROM sla_templates
            WHERE priority = a.priority AND is_active AND NOT is_deleted AND (department_id = a.department_id OR department_id IS NULL)
            ORDER BY department_id NULLS LAST LIMIT 1) AS t ON true
        LEFT JOIN LATERAL (
            SELECT * FROM calendars
            WHERE NOT is_deleted AND (department_id = a.department_id OR department_id IS NULL)
            ORDER BY department_id NULLS LAST LIMIT 1) AS c ON true
        """;

    sealed record TermsRow(Guid? DepartmentId, string Priority, Guid? TemplateId, decimal ResponseHours, decimal ResolutionHours, string? Calendar)
    {
        public SlaTerms Terms() => new(
            TemplateId,
            TemplateId is null ? null : SlaTerms.Minutes(ResponseHours),
            TemplateId is null ? null : SlaTerms.Minutes(ResolutionHours),
            Calendar is null ? WorkCalendar.RoundTheClock : JsonSerializer.Deserialize<Calendar>(Calendar, Json.Tolerant)!.AtWork());
    }
}
