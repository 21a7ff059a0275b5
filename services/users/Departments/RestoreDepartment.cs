using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class RestoreDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/departments/{id:guid}/restore", Handle)
        .WithName(nameof(RestoreDepartment))
        .WithTags("Departments")
        .WithSummary("Brings a deleted department back, open (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.AlreadyExists, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<DepartmentView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow("restore");
            var after = before with { IsDeleted = false, DeletedAt = null, State = DepartmentStatus.Open };
            var row = await DepartmentTable.SaveAsync<DepartmentRestored>(unit, before, after, request?.Reason);
            return Answer.Ok(await DepartmentTable.ViewAsync(unit, row), row.Version);
        }, ct);
    }
}
