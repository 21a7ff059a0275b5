using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 27: closes a ticket with all that hangs on it. A moderator can alone; of admins it takes two.</summary>
static class ForceCloseTicket
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("force_close", "Closes a ticket and its sub-tickets as they are (moderators; admins by twos)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
        Problems = [Kit.Problems.Codes.SelfApproval],
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        var reason = act.Request.Reason.Trim();
        if (!act.Situation.Actors.HasFlag(Actor.Moderator) && act.Ticket.ForceCloseRequestedBy is null)
        {
            return await act.SaveAsync<TicketForceCloseRequested>(act.Ticket with { ForceCloseRequestedBy = act.Caller.Person }, reason);
        }

        await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        await Endings.EndApprovalsAsync(act.Unit, act.Ticket);
        var closed = await Endings.CloseSubTicketsAsync(act.Unit, act.Ticket);
        return await act.SaveAsync<TicketClosed>(CloseTicket.Closed(closed, ClosedReason.Forced, act.Now), reason, e => e with { Reason = reason });
    }
}
