using Hdms.Contracts;

namespace Hdms.Tickets.SubTickets;

/// <summary>A moderator closes a part; with the last one the parent is ready for closure, and resolved if it was approved and waited for no more.</summary>
static class CloseSubTicket
{
    public static readonly SubTicketAction<CloseSubTicketRequest> Action = new("close", "Closes a resolved sub-ticket, or merges it back into its ticket (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
    };

    static Task<SubTicket> ApplyAsync(SubAct<CloseSubTicketRequest> act) => act.SaveCountedAsync<SubTicketClosed>(
        act.Sub with
        {
            Status = SubTicketStatus.Closed,
            ClosedAt = act.Unit.Now,
            ClosedReason = ClosedReason.Verified,
            MergedIntoParent = act.Request.MergedIntoParent,
        },
        string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim());
}
