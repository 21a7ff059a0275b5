using Hdms.Contracts;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 35: another priority, by whose template the due times are worked out anew.</summary>
static class ChangePriority
{
    public static readonly TicketAction Action = new TicketAction<ChangePriorityRequest>("change_priority", "Gives a ticket another priority; its due times follow (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
    };

    static async Task<Ticket> ApplyAsync(Act<ChangePriorityRequest> act)
    {
        var before = act.Ticket;
        if (act.Request.Priority == before.Priority)
        {
            return before;
        }

        var terms = await CalendarTable.TermsAsync(act.Unit, before.DepartmentId, act.Request.Priority);
        return await SlaChanges.SaveAsync(act, SlaRules.Retermed(before with { Priority = act.Request.Priority }, terms, act.Now), act.Request.Reason);
    }
}
