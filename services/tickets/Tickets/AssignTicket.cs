using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 9: a moderator gives the ticket to a department; it queues where there is no room.</summary>
static class AssignTicket
{
    public static readonly TicketAction Action = new TicketAction<AssignTicketRequest>("assign", "Assigns a ticket to a department's head; it queues when the department is full and has a queue (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("override_reason", request.OverrideReason, 2000, min: 0),
        Ask = (request, ticket, desk, ct) => desk.DepartmentAsync(request.DepartmentId, ticket, ct),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.DepartmentFull],
    };

    static async Task<Ticket> ApplyAsync(Act<AssignTicketRequest> act)
    {
        var department = act.DepartmentOf(act.Request.DepartmentId ?? act.Ticket.DepartmentId);
        if (!await Assignment.HasRoomAsync(act.Unit, department, act.Request.OverrideReason))
        {
            return await Assignment.QueuedAsync(act.Unit, act.Ticket, department, act.Desk.Tickets);
        }

        return await act.SaveUndoableAsync<TicketAssigned>(
            await Assignment.AssignedAsync(act.Unit, act.Ticket, department),
            act.Request.OverrideReason?.Trim(),
            e => e with { OverrideReason = act.Request.OverrideReason?.Trim() });
    }
}
