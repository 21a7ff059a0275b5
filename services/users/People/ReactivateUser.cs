using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class ReactivateUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/{id:guid}/reactivate", Handle)
        .WithName(nameof(ReactivateUser))
        .WithTags("Users")
        .WithSummary("The person may work again (admin, or scope users:write)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.UnknownReference, Codes.VersionConflict, Codes.PreconditionFailed);

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
            before.MustAllow("reactivate");

            // The department may have been deleted meanwhile: only active members hold it back.
            if (before.DepartmentId is { } department)
            {
                await DepartmentTable.MustBeOpenAsync(unit, department);
            }

            var row = await UserTable.SaveAsync<UserReactivated>(unit, before, before with { IsActive = true }, request?.Reason);
            return Answer.Ok(row.View(Sight.Everything), row.Version);
        }, ct);
    }
}
