using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 6: a moderator takes the ticket up.</summary>
static class ReviewTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("review", "Takes a ticket up for review; the other moderators see who has it (moderators)", ApplyAsync)
    {
        Problems = [Codes.AlreadyClaimed],
    };

    static Task<Ticket> ApplyAsync(Act<PlainActionRequest> act) => act.SaveAsync<TicketReviewStarted>(Claimed(act.Ticket, act.Caller.Person));

    public static Ticket Claimed(Ticket ticket, Guid by) => ticket with { Status = TicketStatus.UnderReview, ClaimedBy = by };
}
