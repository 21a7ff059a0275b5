using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 10: review, edit and assign in one, each with its own event.</summary>
static class ConfirmReview
{
    public static readonly TicketAction Action = new TicketAction<ConfirmReviewRequest>("confirm_review", "Reviews, edits and assigns a ticket in one step (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("override_reason", request.OverrideReason, 2000, min: 0),
        Ask = (request, ticket, desk, ct) => desk.DepartmentAsync(request.DepartmentId, ticket, ct),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.DepartmentFull, Codes.AlreadyClaimed],
    };

    static async Task<Ticket> ApplyAsync(Act<ConfirmReviewRequest> act)
    {
        var (unit, request, tickets) = (act.Unit, act.Request, act.Desk.Tickets);
        var department = act.DepartmentOf(request.DepartmentId ?? act.Ticket.DepartmentId);
        var reviewed = act.Ticket.Status == TicketStatus.UnderReview && act.Ticket.ClaimedBy == act.Caller.UserId
            ? act.Ticket
            : await tickets.SaveAsync<TicketReviewStarted>(unit, act.Ticket, ReviewTicket.Claimed(act.Ticket, act.Caller.Person));
        var edits = new EditTicketRequest
        {
            Title = request.Title,
            Description = request.Description.IsGiven ? new(request.Description.Given) : default,
            Priority = request.Priority,
            Category = request.Category.IsGiven ? new(request.Category.Given) : default,
            DepartmentId = new(department.Id),
        };
        var edited = await EditTicket.EditAsync(unit, reviewed, edits, null, tickets);
        if (!await Assignment.HasRoomAsync(unit, department, request.OverrideReason))
        {
            return await Assignment.QueuedAsync(unit, edited, department, tickets);
        }

        return await UndoEntries.SaveAsync<TicketAssigned>(
            tickets, unit, act.Ticket, edited, await Assignment.AssignedAsync(unit, edited, department), "confirm_review",
            request.OverrideReason?.Trim(), e => e with { OverrideReason = request.OverrideReason?.Trim() }, null);
    }
}
