using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class FindExistingUsers
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/exists", Handle)
        .WithName(nameof(FindExistingUsers))
        .WithTags("Users")
        .WithSummary("Which of up to 100 ids are persons, and which of them are active; a question, though a POST")
        .WithoutIdempotency()
        .WithProblems(Codes.Forbidden);

    static Task<Ok<ExistsAnswer>> Handle(IdsRequest request, ServiceDatabase db, CancellationToken ct) =>
        Ids.FindExistingAsync("SELECT id, is_active FROM users WHERE id = ANY(@ids) AND NOT is_deleted", request, db, ct);
}
