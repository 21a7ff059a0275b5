using Hdms.Contracts;

namespace Hdms.Tickets.SubTickets;

static class CompleteSubTicket
{
    public static readonly SubTicketAction<CompleteTicketRequest> Action = new("complete", "The work is done, as the notes tell; a moderator closes it (its head)", act =>
        act.SaveAsync<SubTicketResolved>(act.Sub with
        {
            Status = SubTicketStatus.Resolved,
            ProgressPercent = 100,
            CompletionNotes = act.Request.CompletionNotes.Trim(),
            ResolvedAt = act.Unit.Now,
        }))
    {
        Check = (request, check) => check.Text("completion_notes", request.CompletionNotes, 10_000),
    };
}
