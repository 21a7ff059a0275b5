using Hdms.Contracts;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Requests;

/// <summary>Makes a request to the moderators and marks the ticket by it.</summary>
static class Asking
{
    public static Task<TicketRequest> AskAsync<T>(Act<T> act, RequestKind kind, string reason, RequestSubTicketRequest? sub = null) =>
        TicketRequestTable.InsertAsync<TicketRequestMade>(act.Unit, new TicketRequest
        {
            TicketId = act.Ticket.Id,
            Kind = kind,
            RequestedBy = act.Caller.Person,
            Reason = reason.Trim(),
            Title = sub?.Title.Trim(),
            Description = string.IsNullOrWhiteSpace(sub?.Description) ? null : sub.Description.Trim(),
            DepartmentId = sub?.DepartmentId,
        });
}
