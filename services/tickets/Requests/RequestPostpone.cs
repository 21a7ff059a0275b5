using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Requests;

/// <summary>The head asks the moderators to put the ticket off.</summary>
static class RequestPostpone
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("request_postpone", "Asks the moderators to put the ticket off (head)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
        Problems = [Codes.AlreadyExists],
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        await Asking.AskAsync(act, RequestKind.Postpone, act.Request.Reason);
        return await act.SaveAsync<TicketRequestsChanged>(act.Ticket with { PostponeRequested = true }, act.Request.Reason.Trim());
    }
}
