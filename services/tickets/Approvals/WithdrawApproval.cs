using Hdms.Contracts;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 21: approval is no longer asked for; the ticket goes back to work.</summary>
static class WithdrawApproval
{
    public static readonly TicketAction Action = new TicketAction<OptionalReasonRequest>("withdraw_approval", "No longer asks for approval (head, moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
    };

    static async Task<Ticket> ApplyAsync(Act<OptionalReasonRequest> act)
    {
        await ApprovalChain.CancelAsync(act.Unit, await ApprovalChain.PendingAsync(act.Unit, act.Ticket));
        return await act.SaveAsync<TicketApprovalWithdrawn>(
            await ApprovalChain.BackToWorkAsync(act.Unit, act.Ticket, TicketStatus.InProgress, "approval_withdrawn"), act.Request.Reason?.Trim());
    }
}
