using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class CloseDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/departments/{id:guid}/close", Handle)
        .WithName(nameof(CloseDepartment))
        .WithTags("Departments")
        .WithSummary("The department takes no new tickets and no new members (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<DepartmentView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow("close");
            var after = before with { State = DepartmentStatus.Closing };
            var row = await DepartmentTable.SaveAsync<DepartmentClosing>(unit, before, after, request?.Reason);
            return Answer.Ok(await DepartmentTable.ViewAsync(unit, row), row.Version);
        }, ct);
    }
}
