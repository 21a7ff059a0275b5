using Hdms.Contracts;

namespace Hdms.Tickets.SubTickets;

static class StartSubTicket
{
    public static readonly SubTicketAction<PlainActionRequest> Action = new("start", "Begins the work (its head)", act =>
        act.SaveAsync<SubTicketStarted>(act.Sub with { Status = SubTicketStatus.InProgress, StartedAt = act.Sub.StartedAt ?? act.Unit.Now }));
}
