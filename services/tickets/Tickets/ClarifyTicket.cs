using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 7, the other way: the requester answers.</summary>
static class ClarifyTicket
{
    public static readonly TicketAction Action = new TicketAction<ClarifyTicketRequest>("clarify", "Answers the moderator's question (the requester)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("answer", request.Answer, 10_000),
    };

    static Task<Ticket> ApplyAsync(Act<ClarifyTicketRequest> act) => act.SaveAsync<TicketClarified>(
        act.Ticket with { AwaitingRequester = false },
        with: e => e with { Answer = act.Request.Answer?.Trim() });
}
