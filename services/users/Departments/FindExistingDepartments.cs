using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class FindExistingDepartments
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/departments/exists", Handle)
        .WithName(nameof(FindExistingDepartments))
        .WithTags("Departments")
        .WithSummary("Which of up to 100 ids are departments, and which of them are open; a question, though a POST")
        .WithoutIdempotency()
        .WithProblems(Codes.Forbidden);

    static Task<Ok<ExistsAnswer>> Handle(IdsRequest request, ServiceDatabase db, CancellationToken ct) =>
        Ids.FindExistingAsync("SELECT id, state = 'open' FROM departments WHERE id = ANY(@ids) AND NOT is_deleted", request, db, ct);
}
