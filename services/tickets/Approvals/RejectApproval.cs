using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 19: an approver says no, which ends the ticket.</summary>
static class RejectApproval
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("reject_approval", "Says no, which ends the ticket (the approver whose turn it is)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
        Problems = [Codes.SelfApproval, Codes.AlreadyDecided],
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        var reason = act.Request.Reason.Trim();
        var (decided, others) = await ApprovalChain.DecideAsync(act, ApprovalStatus.Rejected, reason);
        await ApprovalChain.CancelAsync(act.Unit, others);
        await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        var rejected = ApprovalChain.Over(act.Ticket, TicketStatus.Rejected) with { RejectionReason = reason, PostponeRequested = false, SlaChangedAt = null };
        return await act.SaveAsync<TicketApprovalRejected>(SlaRules.Stopped(rejected, act.Now), reason, e => e with { DecidedFor = decided.ApproverId });
    }
}
