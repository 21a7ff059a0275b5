using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Requests;

/// <summary>The head asks the moderators for a part of the work to be done by another department.</summary>
static class RequestSubTicket
{
    public static readonly TicketAction Action = new TicketAction<RequestSubTicketRequest>("request_sub_ticket", "Asks the moderators for a sub-ticket with another department (head)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.Text("title", request.Title, 500);
            check.Text("reason", request.Reason, 2000);
            check.OptionalText("description", request.Description, 65_536, min: 0);
        },
        Ask = async (request, _, desk, ct) => await desk.Users.DepartmentAsync(request.DepartmentId, "department_id", ct),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable],
    };

    static async Task<Ticket> ApplyAsync(Act<RequestSubTicketRequest> act)
    {
        await Asking.AskAsync(act, RequestKind.SubTicket, act.Request.Reason, act.Request);
        return await act.SaveAsync<TicketRequestsChanged>(act.Ticket, act.Request.Reason.Trim());
    }
}
