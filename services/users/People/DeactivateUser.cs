using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

/// <summary>
/// A head stays the head while deactivated, so that reactivating puts all back; who gives out work asks whether the head is active.
/// </summary>
static class DeactivateUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/{id:guid}/deactivate", Handle)
        .WithName(nameof(DeactivateUser))
        .WithTags("Users")
        .WithSummary("The person may no longer sign in and gets no work; their sessions end (admin, or scope users:write)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<UserView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            Rights.MustBeAllowed(caller, before.Role);
            before.MustAllow("deactivate");
            var after = before with { IsActive = false };
            await UserTable.MustLeaveAnAdminAsync(unit, before, after, "deactivate");
            await Sessions.EndAsync(unit, id, "deactivated");
            var row = await UserTable.SaveAsync<UserDeactivated>(unit, before, after, request?.Reason);
            return Answer.Ok(row.View(Sight.Everything), row.Version);
        }, ct);
    }
}
