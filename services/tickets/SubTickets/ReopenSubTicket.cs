using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.SubTickets;

/// <summary>A part that is not as it should be goes back to its head, twice at most.</summary>
static class ReopenSubTicket
{
    public static readonly SubTicketAction<OptionalReasonRequest> Action = new("reopen", "Gives a resolved or closed sub-ticket back to its head, twice at most (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
        Problems = [Codes.ReopenLimit],
    };

    static Task<SubTicket> ApplyAsync(SubAct<OptionalReasonRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        var reopened = act.Sub with
        {
            Status = SubTicketStatus.Reopened,
            Generation = act.Sub.Generation + 1,
            ReopenCount = act.Sub.ReopenCount + 1,
            ProgressPercent = 0,
            CompletionNotes = null,
            MergedIntoParent = false,
            StartedAt = null,
            ResolvedAt = null,
            ClosedAt = null,
            ClosedReason = null,
        };
        return act.SaveCountedAsync<SubTicketReopened>(reopened, reason, e => e with { Reason = reason });
    }
}
