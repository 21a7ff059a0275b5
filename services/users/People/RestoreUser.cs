using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class RestoreUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/{id:guid}/restore", Handle)
        .WithName(nameof(RestoreUser))
        .WithTags("Users")
        .WithSummary("Brings a deleted person back as they were (admin)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.UnknownReference, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<UserView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow("restore");
            if (before.IsActive && before.DepartmentId is { } department)
            {
                await DepartmentTable.MustBeOpenAsync(unit, department);
            }

            var row = await UserTable.SaveAsync<UserRestored>(unit, before, before with { IsDeleted = false, DeletedAt = null }, request?.Reason);
            return Answer.Ok(row.View(Sight.Everything), row.Version);
        }, ct);
    }
}
