using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.SubTickets;

/// <summary>How far the work is. A hundred does not complete it.</summary>
static class ProgressSubTicket
{
    public static readonly SubTicketAction<ProgressTicketRequest> Action = new("progress", "Tells how far the work is, with a note when it goes back (its head)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.That("percent", request.Percent is >= 0 and <= 100, "must be 0 to 100");
            check.OptionalText("note", request.Note, 2000, min: 0);
        },
    };

    static Task<SubTicket> ApplyAsync(SubAct<ProgressTicketRequest> act)
    {
        var note = string.IsNullOrWhiteSpace(act.Request.Note) ? null : act.Request.Note.Trim();
        if (act.Request.Percent < act.Sub.ProgressPercent && note is null)
        {
            throw Refusal.Invalid("note", $"is required to go back from {act.Sub.ProgressPercent} to {act.Request.Percent}");
        }

        return act.SaveAsync<SubTicketProgressed>(act.Sub with { ProgressPercent = act.Request.Percent }, note, e => e with { Note = note });
    }
}
