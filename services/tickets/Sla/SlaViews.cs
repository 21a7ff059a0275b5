using Hdms.Contracts;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Sla;

/// <summary>What can be told of a ticket's due time now; never stored (DOMAIN.md section 4, derived reads).</summary>
static class SlaViews
{
    public static SlaView? Of(Ticket ticket, IReadOnlyDictionary<Guid, WorkCalendar> calendars, DateTimeOffset now) => throw new NotSupportedException();
}
