using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Requests;

/// <summary>Row 31: somebody asks the moderators to open a closed ticket again.</summary>
static class RequestReopen
{
    public static readonly TicketAction Action = new TicketAction<ReasonedActionRequest>("request_reopen", "Asks the moderators to open a closed ticket again (requester, moderators)", ApplyAsync)
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
        Problems = [Codes.AlreadyExists, Codes.ReopenLimit],
    };

    static async Task<Ticket> ApplyAsync(Act<ReasonedActionRequest> act)
    {
        await Asking.AskAsync(act, RequestKind.Reopen, act.Request.Reason);
        return await act.SaveAsync<TicketReopenRequested>(act.Ticket with { ReopenRequested = true }, act.Request.Reason.Trim());
    }
}
