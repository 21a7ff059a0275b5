using Hdms.Contracts;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 29: a postponed ticket goes on where it was.</summary>
static class RestartTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("restart", "A postponed ticket goes on where it was (moderators, head)", ApplyAsync);

    static async Task<Ticket> ApplyAsync(Act<PlainActionRequest> act)
    {
        var back = act.Ticket with { Status = act.Ticket.PreviousStatus!.Value, PreviousStatus = null, PostponedAt = null, PostponementReason = null };

        // Waiting for approval has a pause of its own, by setting; so has waiting for another head.
        var stoodStill = act.Ticket.SlaPausedAt < act.Ticket.PostponedAt;
        var restarted = stoodStill || (back.Status == TicketStatus.WaitingApproval && act.Desk.Rules.PauseForApproval)
            ? await act.SaveAsync<TicketRestarted>(back)
            : await act.SaveAsync<TicketRestarted>(SlaRules.Resumed(back, "restarted", await CalendarTable.OfClockAsync(act.Unit, act.Ticket), act.Now));
        return await Handover.PassOnIfGoneAsync(act.Unit, restarted, act.Desk.Tickets);
    }
}
