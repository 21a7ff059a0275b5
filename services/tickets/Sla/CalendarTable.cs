using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Sla;

/// <summary>Reads and writes calendars, and finds what clocks are set by. Every write appends the event that tells of it.</summary>
static class CalendarTable
{
    public static readonly Table<Calendar> Rows = new("calendars");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("calendars", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<CalendarState>();

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

    /// <summary>The row, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none, or it was deleted.</exception>
    public static async Task<Calendar> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) ?? throw Refusal.NotFound("calendar");

    public static async Task<Calendar> InsertAsync(UnitOfWork unit, Calendar calendar)
    {
        var row = calendar with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), row.As<CalendarCreated>(), new Audit(After: row.As<CalendarCreated>()));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Calendar> SaveAsync<T>(UnitOfWork unit, Calendar before, Calendar after)
        where T : CalendarState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), row.As<T>(), Audit.Between<CalendarState>(before, row));
        return row;
    }

    static EventStream Stream(Calendar row) => new(row.Id, row.Version) { Imported = () => row.As<CalendarImported>() };
}
