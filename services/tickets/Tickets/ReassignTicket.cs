using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 15: a moderator gives the ticket to another department, or to the new head of the same one.</summary>
static class ReassignTicket
{
    public static readonly TicketAction Action = new TicketAction<ReassignTicketRequest>("reassign", "Gives a ticket to another department, or to the new head of the same one (moderators)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.Text("reason", request.Reason, 2000);
            check.OptionalText("override_reason", request.OverrideReason, 2000, min: 0);
        },
        Ask = (request, ticket, desk, ct) => desk.DepartmentAsync(request.DepartmentId, ticket, ct),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.DepartmentFull],
    };

    static async Task<Ticket> ApplyAsync(Act<ReassignTicketRequest> act)
    {
        var (before, request) = (act.Ticket, act.Request);
        var department = act.DepartmentOf(request.DepartmentId ?? before.DepartmentId);
        if (department.Id == before.DepartmentId && department.HeadId == before.AssigneeId)
        {
            throw Refusal.Invalid("department_id", "is the one that has it, and its head is the same");
        }

        if (department.Id != before.DepartmentId && !await Assignment.HasRoomAsync(act.Unit, department, request.OverrideReason))
        {
            // A ticket that is being worked on has no place in a queue.
            throw new Refusal(Codes.DepartmentFull, $"{department.Name} has no room. Give a reason (override_reason) to reassign it all the same.");
        }

        var after = before with
        {
            DepartmentId = department.Id,
            AssigneeId = await HeadsReplica.MustHoldAsync(act.Unit, department),
            AcknowledgedAt = null,
            AcknowledgedByTeam = [],
        };
        if (before.Status == TicketStatus.Assigned)
        {
            after = after with { AssignedAt = act.Now };
        }

        if (request.ResetSla)
        {
            after = SlaRules.Restarted(after, await CalendarTable.TermsAsync(act.Unit, department.Id, after.Priority), act.Now);
        }

        return await act.SaveUndoableAsync<TicketReassigned>(
            after, request.Reason.Trim(), e => e with { PreviousDepartmentId = before.DepartmentId, PreviousAssigneeId = before.AssigneeId });
    }
}
