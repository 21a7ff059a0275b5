using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 28: a moderator puts the ticket off; its clocks stand still meanwhile.</summary>
static class PostponeTicket
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("postpone", "Puts a ticket off, with a reason; its clocks stand still (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        var reason = act.Request.Reason.Trim();
        var granted = await Endings.GrantRequestAsync(act.Unit, act.Ticket, RequestKind.Postpone);
        return await act.SaveUndoableAsync<TicketPostponed>(await PostponedAsync(act.Unit, act.Ticket, reason), reason, also: granted);
    }

    public static async Task<Ticket> PostponedAsync(UnitOfWork unit, Ticket ticket, string reason)
    {
        var postponed = ticket with
        {
            Status = TicketStatus.Postponed,
            PreviousStatus = ticket.Status,
            PostponedAt = unit.Now,
            PostponementReason = reason,
            QueuedAt = null,
            PostponeRequested = false,
        };
        return SlaRules.Paused(postponed, "postponed", await CalendarTable.OfClockAsync(unit, ticket), unit.Now);
    }
}
