using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Rows 25 and 30: a moderator closes a resolved ticket, or a postponed one for good.</summary>
static class CloseTicket
{
    public static readonly TicketAction Action = new TicketAction<OptionalReasonRequest>("close", "Closes a resolved ticket, or a postponed one with a reason (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
        Problems = [Codes.OpenSubTickets],
    };

    static async Task<Ticket> ApplyAsync(Act<OptionalReasonRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        if (act.Ticket.Status == TicketStatus.Postponed && reason is null)
        {
            throw Refusal.Invalid("reason", "is required to close a postponed ticket");
        }

        // A postponed ticket may still wait for approvals.
        await Endings.EndApprovalsAsync(act.Unit, act.Ticket);
        await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        var why = act.Ticket.Status == TicketStatus.Postponed ? ClosedReason.Forced : ClosedReason.Verified;
        return await act.SaveAsync<TicketClosed>(Closed(act.Ticket, why, act.Now), reason, e => e with { Reason = reason });
    }

    /// <summary>Closed, its clocks stopped, with nothing open that waits for somebody.</summary>
    public static Ticket Closed(Ticket ticket, ClosedReason why, DateTimeOffset now) => SlaRules.Stopped(
        ticket with
        {
            Status = TicketStatus.Closed,
            PreviousStatus = null,
            PostponedAt = null,
            ClosedAt = now,
            ClosedReason = why,
            AwaitingRequester = false,
            QueuedAt = null,
            PendingApprovers = [],
            ApprovalRequestedBy = null,
            ApprovalRequestedAt = null,
            PostponeRequested = false,
            ReopenRequested = false,
            SlaChangedAt = null,
            ForceCloseRequestedBy = null,
        }, now);
}
