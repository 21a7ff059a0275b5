using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Access;

static class ApproveAccess
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/access-requests/{id:guid}/approve", Handle)
        .WithName(nameof(ApproveAccess))
        .WithTags("Access")
        .WithSummary("Lets the person in who asked (admin)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.AlreadyDecided, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<AccessRequestView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var asked = await AccessRequest.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, asked.Version, request?.Version);
            var row = await asked.DecideAsync<AccessApproved>(unit, AccessRequestStatus.Approved, request?.Reason);
            var user = await UserTable.LockAsync(unit, row.UserId);
            if (!user.MayWork)
            {
                throw Refusal.InvalidTransition(user.Status, "grant_access", user.AllowedActions, "The person is not active. Deny the request, or reactivate them first.");
            }

            if (!user.HelpdeskAuthorized)
            {
                user = await UserTable.SaveAsync<AccessGranted>(unit, user, user with { HelpdeskAuthorized = true }, request?.Reason);
            }

            return Answer.Ok(row.View(user.Summary()), row.Version);
        }, ct);
    }
}
