using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
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
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) =>
        DepartmentState.ChangeAsync<DepartmentClosing>("close", DepartmentStatus.Closing, id, request, caller, preconditions, db, ct);
}
