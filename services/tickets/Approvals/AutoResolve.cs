using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 18: what was approved is resolved, by setting, once no sub-ticket is open.</summary>
static class AutoResolve
{
    public static async Task<Ticket> ResolveAsync(UnitOfWork unit, Ticket approved, TicketTable tickets)
    {
        await Endings.EndRequestsAsync(unit, approved);
        return await tickets.SaveAsync<TicketResolved>(unit, approved, CompleteTicket.Resolved(approved, approved.CompletionNotes ?? "Approved.", unit.Now));
    }
}
