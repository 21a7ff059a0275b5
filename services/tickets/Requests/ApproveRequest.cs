using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.SubTickets;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Requests;

/// <summary>A moderator grants a request, which does what was asked for: by the ticket's own lifecycle, as if the moderator had done it.</summary>
static class ApproveRequest
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/ticket-requests/{id:guid}/approve", Handle)
        .WithName(nameof(ApproveRequest))
        .WithTags("Requests")
        .WithSummary("Grants a request, and makes the sub-ticket, postpones or reopens (moderators)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.AlreadyDecided, Codes.InvalidTransition, Codes.ReopenLimit, Codes.UnknownReference, Codes.ReferenceUnavailable,
            Codes.VersionConflict, Codes.PreconditionFailed);

    static async Task<Answer<TicketRequestView>> Handle(
        Guid id, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] OptionalReasonRequest? body, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var request = body ?? new OptionalReasonRequest();
        var check = new Checks();
        check.OptionalText("reason", request.Reason, 2000, min: 0);
        check.Done();
        var reason = string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim();
        var seen = await RequestSituation.LookAsync(desk, id, "approve", caller, ct);
        var department = seen.Request.DepartmentId is { } asked ? await desk.Users.DepartmentAsync(asked, "department_id", ct) : null;
        return await desk.Database.AnswerAsync(caller, async unit =>
        {
            var locked = await RequestSituation.LockAsync(desk, unit, id, "approve", preconditions, request.Version);
            await GrantAsync(unit, locked, department, reason, desk.Tickets);
            return await RequestViewing.AnswerAsync(unit, id, locked.Ticket);
        }, ct);
    }

    static async Task GrantAsync(UnitOfWork unit, RequestSituation waiting, DepartmentFacts? department, string? reason, TicketTable tickets)
    {
        var (request, ticket) = (waiting.Request, waiting.Ticket.Ticket);
        switch (request.Kind)
        {
            case RequestKind.Postpone:
                Decision.Of(waiting.Ticket, "postpone");
                await PostponeTicket.PostponeAsync(unit, ticket, tickets, request.Reason, reason);
                break;
            case RequestKind.Reopen:
                Decision.Of(waiting.Ticket, "reopen");
                await ReopenTicket.ReopenAsync(unit, ticket, tickets, request.Reason, reason);
                break;
            default:
                Decision.Of(waiting.Ticket, "split");
                var sub = await SplitTicket.AddAsync(unit, ticket, new NewSubTicket(request.Title!, request.DepartmentId!.Value, request.Description), department!);
                await SubTicketCounts.SaveAsync(unit, ticket, tickets);
                await TicketRequestTable.SaveAsync<TicketRequestApproved>(unit, request, request with
                {
                    Status = RequestStatus.Approved,
                    DecidedBy = unit.By.UserId,
                    DecidedAt = unit.Now,
                    DecisionReason = reason,
                    SubTicketId = sub.Id,
                });
                break;
        }
    }
}
