using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Requests;

/// <summary>A request comes to nothing: a moderator denies it, or whoever asked withdraws it. The ticket no longer says that it waits.</summary>
static class EndRequest
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/ticket-requests/{id:guid}/deny", DenyAsync)
            .WithName("DenyRequest")
            .WithTags("Requests")
            .WithSummary("Denies a request, with a reason (moderators)")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.AlreadyDecided, Codes.ValidationFailed, Codes.VersionConflict, Codes.PreconditionFailed);
        api.MapPost("/ticket-requests/{id:guid}/withdraw", WithdrawAsync)
            .WithName("WithdrawRequest")
            .WithTags("Requests")
            .WithSummary("Takes a request back (whoever made it)")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.AlreadyDecided, Codes.VersionConflict, Codes.PreconditionFailed);
    }

    static Task<Answer<TicketRequestView>> DenyAsync(
        Guid id, ReasonedActionRequest request, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("reason", request.Reason, 2000);
        check.Done();
        return EndAsync<TicketRequestDenied>(desk, id, "deny", RequestStatus.Denied, request.Reason.Trim(), caller, preconditions, request.Version, ct);
    }

    static Task<Answer<TicketRequestView>> WithdrawAsync(
        Guid id, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] PlainActionRequest? request, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct) =>
        EndAsync<TicketRequestWithdrawn>(desk, id, "withdraw", RequestStatus.Withdrawn, null, caller, preconditions, request?.Version, ct);

    static Task<Answer<TicketRequestView>> EndAsync<T>(
        TicketDesk desk, Guid id, string action, RequestStatus status, string? reason, Caller caller, Preconditions preconditions, long? version, CancellationToken ct)
        where T : TicketRequestState, new() => desk.Database.AnswerAsync(caller, async unit =>
        {
            var (request, situation) = await RequestSituation.LockAsync(desk, unit, id, action, preconditions, version);
            await TicketRequestTable.SaveAsync<T>(
                unit, request, request with { Status = status, DecidedBy = unit.By.UserId, DecidedAt = unit.Now, DecisionReason = reason }, reason);
            var ticket = situation.Ticket;
            await desk.Tickets.SaveAsync<TicketRequestsChanged>(unit, ticket, request.Kind switch
            {
                RequestKind.Postpone => ticket with { PostponeRequested = false },
                RequestKind.Reopen => ticket with { ReopenRequested = false },
                _ => ticket,
            });
            return await RequestViewing.AnswerAsync(unit, id, situation);
        }, ct);
}
