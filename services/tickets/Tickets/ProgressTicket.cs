using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 14: how far the work is. A hundred does not complete it.</summary>
static class ProgressTicket
{
    public static readonly TicketAction Action = new TicketAction<ProgressTicketRequest>("progress", "Tells how far the work is, with a note when it goes back (head)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.That("percent", request.Percent is >= 0 and <= 100, "must be 0 to 100");
            check.OptionalText("note", request.Note, 2000, min: 0);
        },
    };

    static Task<Ticket> ApplyAsync(Act<ProgressTicketRequest> act)
    {
        var note = string.IsNullOrWhiteSpace(act.Request.Note) ? null : act.Request.Note.Trim();
        if (act.Request.Percent < act.Ticket.ProgressPercent && note is null)
        {
            throw Refusal.Invalid("note", $"is required to go back from {act.Ticket.ProgressPercent} to {act.Request.Percent}");
        }

        return act.SaveAsync<TicketProgressed>(act.Ticket with { ProgressPercent = act.Request.Percent }, note, e => e with { Note = note });
    }
}
