using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 17: an approver says yes; with the last position the ticket is approved, and resolved by setting (row 18).</summary>
static class ApproveTicket
{
    public static readonly TicketAction Action = new TicketAction<ApproveTicketRequest>("approve", "Says yes, for oneself or in somebody's place (the approver whose turn it is)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
        Problems = [Codes.SelfApproval, Codes.AlreadyDecided],
    };

    static async Task<Ticket> ApplyAsync(Act<ApproveTicketRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        var (decided, others) = await ApprovalChain.DecideAsync(act, ApprovalStatus.Approved, reason);
        var turn = await ApprovalChain.GoOnAsync(act.Unit, decided, others);
        var after = turn.Count > 0
            ? act.Ticket with { PendingApprovers = turn }
            : await ApprovalChain.BackToWorkAsync(act.Unit, act.Ticket, TicketStatus.Approved, "approved");
        var approved = await act.SaveAsync<TicketApproved>(after, reason, e => e with { DecidedFor = decided.ApproverId });
        return approved.Status == TicketStatus.Approved && act.Desk.Rules.CompleteOnApproval && approved.OpenSubTickets == 0
            ? await AutoResolve.ResolveAsync(act.Unit, approved, act.Desk.Tickets)
            : approved;
    }
}
