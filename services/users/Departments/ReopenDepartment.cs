using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class ReopenDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/departments/{id:guid}/reopen", Handle)
        .WithName(nameof(ReopenDepartment))
        .WithTags("Departments")
        .WithSummary("The department takes tickets and members again (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<DepartmentView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) =>
        DepartmentState.ChangeAsync<DepartmentReopened>("reopen", DepartmentStatus.Open, id, request, caller, preconditions, db, ct);
}
