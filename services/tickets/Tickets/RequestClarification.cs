using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 7: a moderator asks the requester something.</summary>
static class RequestClarification
{
    public static readonly TicketAction Action = new TicketAction<RequestClarificationRequest>("request_clarification", "Asks the requester a question (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.Text("question", request.Question, 2000),
    };

    static Task<Ticket> ApplyAsync(Act<RequestClarificationRequest> act) => act.SaveAsync<TicketClarificationRequested>(
        act.Ticket with { AwaitingRequester = true },
        with: e => e with { Question = act.Request.Question.Trim() });
}
