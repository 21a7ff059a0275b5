using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 20: an approver wants something changed first; the ticket goes back to work.</summary>
static class RequestChanges
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("request_changes", "Sends it back to work for changes (the approver whose turn it is)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
        Problems = [Codes.SelfApproval, Codes.AlreadyDecided],
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        var reason = act.Request.Reason.Trim();
        var (decided, others) = await ApprovalChain.DecideAsync(act, ApprovalStatus.ChangesRequested, reason);
        await ApprovalChain.CancelAsync(act.Unit, others);
        var back = await ApprovalChain.BackToWorkAsync(act.Unit, act.Ticket, TicketStatus.InProgress, "changes_requested");
        return await act.SaveAsync<TicketChangesRequested>(back, reason, e => e with { DecidedFor = decided.ApproverId, Reason = reason });
    }
}
