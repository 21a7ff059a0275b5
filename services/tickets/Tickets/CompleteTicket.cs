using Hdms.Contracts;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 22: the work is done. It closes by itself unless the requester sends it back.</summary>
static class CompleteTicket
{
    public static readonly TicketAction Action = new TicketAction<CompleteTicketRequest>("complete", "The work is done, with notes on how (head)", ApplyAsync)
    {
        Check = (request, check) => check.Text("completion_notes", request.CompletionNotes, 10_000),
    };

    static async Task<Ticket> ApplyAsync(Act<CompleteTicketRequest> act)
    {
        await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        return await act.SaveAsync<TicketResolved>(Resolved(act.Ticket, act.Request.CompletionNotes.Trim(), act.Now));
    }

    public static Ticket Resolved(Ticket ticket, string notes, DateTimeOffset now) => SlaRules.Stopped(
        ticket with { Status = TicketStatus.Resolved, ProgressPercent = 100, CompletionNotes = notes, ResolvedAt = now, PostponeRequested = false, SlaChangedAt = null }, now);
}
