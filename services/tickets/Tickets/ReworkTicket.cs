using Hdms.Contracts;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 24: the requester is not content and sends it back; that is no reopening.</summary>
static class ReworkTicket
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("rework", "Sends a resolved ticket back to work (requester)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        var reason = act.Request.Reason.Trim();
        var back = act.Ticket with
        {
            Status = TicketStatus.InProgress,
            ResolvedAt = null,
            ConfirmedAt = null,
            FeedbackRating = null,
            FeedbackText = null,
        };
        var calendar = await CalendarTable.OfClockAsync(act.Unit, act.Ticket);
        var reworked = await act.SaveAsync<TicketReworked>(
            SlaRules.Reworked(back, act.Desk.Rules.LeastAfterRework, calendar, act.Now), reason, e => e with { Reason = reason });
        return await Handover.PassOnIfGoneAsync(act.Unit, reworked, act.Desk.Tickets);
    }
}
