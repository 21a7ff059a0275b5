using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Two tickets about one thing become one: this one is closed and says where it went on.</summary>
static class MergeTicket
{
    public static readonly TicketAction Action = new TicketAction<MergeTicketRequest>("merge", "Closes a ticket as part of another one (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
        Problems = [Codes.UnknownReference, Codes.OpenSubTickets],
    };

    static async Task<Ticket> ApplyAsync(Act<MergeTicketRequest> act)
    {
        var into = await Duplicates.MustBeAnotherAsync(act.Unit, act.Ticket, act.Request.Into, "into");
        if (into.IsTerminal || into.Status == TicketStatus.Draft)
        {
            throw Refusal.UnknownReference("into", "That ticket is closed or a draft; nothing can be merged into it.");
        }

        await Duplicates.LinkAsync(act.Unit, act.Ticket.Id, into.Id);
        await Endings.EndRequestsAsync(act.Unit, act.Ticket);
        await Endings.EndApprovalsAsync(act.Unit, act.Ticket);
        var merged = CloseTicket.Closed(act.Ticket, ClosedReason.Forced, act.Now) with { DuplicateOf = into.Id };
        return await act.SaveAsync<TicketMerged>(merged, string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim());
    }
}
