using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 34: takes the last action back, with everything that hung on it.</summary>
static class UndoTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("undo", "Takes back assign, confirm_review, reject, reassign or postpone within 15 minutes (the moderator who did it)", ApplyAsync)
    {
        Problems = [Codes.UndoExpired, Codes.UndoNotLast],
    };

    static async Task<Ticket> ApplyAsync(Act<PlainActionRequest> act)
    {
        var entry = await UndoEntries.TakeAsync(act.Unit, act.Ticket) ?? throw new Refusal(Codes.UndoNotLast, "Nothing can be undone any longer.");
        var undone = await act.SaveAsync<TicketUndone>(act.Ticket, with: e => e with { Undone = act.Ticket.UndoAction! });
        await Endings.BeginAgainAsync(act.Unit, entry.Also);
        if (act.Ticket.DuplicateOf is { } original && entry.Before.DuplicateOf is null)
        {
            await Duplicates.UnlinkAsync(act.Unit, act.Ticket.Id, original);
        }

        // The version goes on: whoever has seen the later one must not take this for it.
        var restored = await act.Desk.Tickets.SaveAsync<TicketRestored>(act.Unit, undone, entry.Before with { Version = undone.Version });

        // Its head of before may have gone meanwhile, and what they had was passed on without this.
        return await Handover.PassOnIfGoneAsync(act.Unit, restored, act.Desk.Tickets);
    }
}
