using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 13: the head begins to work on it.</summary>
static class StartTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("start", "Work begins (head)", ApplyAsync);

    static Task<Ticket> ApplyAsync(Act<PlainActionRequest> act) =>
        act.SaveAsync<TicketStarted>(act.Ticket with { Status = TicketStatus.InProgress, StartedAt = act.Ticket.StartedAt ?? act.Now });
}
