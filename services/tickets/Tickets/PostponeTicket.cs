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

    static Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act) => PostponeAsync(act.Unit, act.Ticket, act.Desk.Tickets, act.Request.Reason.Trim(), decision: null);

    /// <summary>Puts the locked ticket off; a request of the head's to do so is granted by it.</summary>
    /// <param name="decision">What is said to whoever asked.</param>
    public static async Task<Ticket> PostponeAsync(UnitOfWork unit, Ticket ticket, TicketTable tickets, string reason, string? decision)
    {
        var granted = await Endings.GrantAsync(unit, ticket, RequestKind.Postpone, decision);
        var postponed = await PostponedAsync(unit, ticket, reason);
        return await UndoEntries.SaveAsync<TicketPostponed>(tickets, unit, ticket, ticket, postponed, "postpone", reason, null, granted);
    }

    static async Task<Ticket> PostponedAsync(UnitOfWork unit, Ticket ticket, string reason)
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
