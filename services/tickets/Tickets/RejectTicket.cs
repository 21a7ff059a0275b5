using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 11: a moderator turns the ticket down, with a reason or as a duplicate of another one.</summary>
static class RejectTicket
{
    public static readonly TicketAction Action = new TicketAction<RejectTicketRequest>("reject", "Turns a ticket down, with a reason or as a duplicate (moderators)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.OptionalText("reason", request.Reason, 2000, min: 0);
            check.That("reason", request.DuplicateOf is not null || !string.IsNullOrWhiteSpace(request.Reason), "is required unless duplicate_of is given");
        },
        Problems = [Codes.UnknownReference],
    };

    static async Task<Ticket> ApplyAsync(Act<RejectTicketRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        if (act.Request.DuplicateOf is { } original)
        {
            await Duplicates.MustBeAnotherAsync(act.Unit, act.Ticket, original, "duplicate_of");
            await Duplicates.LinkAsync(act.Unit, act.Ticket.Id, original);
        }

        var ended = await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        var rejected = act.Ticket with
        {
            Status = TicketStatus.Rejected,
            PreviousStatus = null,
            PostponedAt = null,
            RejectionReason = reason,
            DuplicateOf = act.Request.DuplicateOf,
            AwaitingRequester = false,
            QueuedAt = null,
            PostponeRequested = false,
        };
        return await act.SaveUndoableAsync<TicketRejected>(SlaRules.Stopped(rejected, act.Now), reason, also: ended);
    }
}
