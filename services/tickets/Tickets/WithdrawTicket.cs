using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 36: the requester takes it back before anybody has looked at it, where the organisation allows that.</summary>
static class WithdrawTicket
{
    public static readonly TicketAction Action = new TicketAction<OptionalReasonRequest>("withdraw", "Takes a ticket back before it was reviewed, where that is allowed (requester)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
    };

    static Task<Ticket> ApplyAsync(Act<OptionalReasonRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        return act.SaveAsync<TicketClosed>(CloseTicket.Closed(act.Ticket, ClosedReason.Withdrawn, act.Now), reason, e => e with { Reason = reason });
    }
}
