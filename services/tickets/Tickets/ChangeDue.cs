using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 35: a due time set by hand, which templates no longer move.</summary>
static class ChangeDue
{
    public static readonly TicketAction Action = new TicketAction<ChangeDueRequest>("change_due", "Sets the time by which a ticket is to be resolved (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
    };

    static async Task<Ticket> ApplyAsync(Act<ChangeDueRequest> act)
    {
        if (act.Request.DueAt <= act.Now)
        {
            throw Refusal.Invalid("due_at", "must be in the future");
        }

        var calendar = await CalendarTable.OfClockAsync(act.Unit, act.Ticket);
        return await SlaChanges.SaveAsync(act, SlaRules.DueSet(act.Ticket, act.Request.DueAt.ToUniversalTime(), act.Now, calendar), act.Request.Reason);
    }
}
