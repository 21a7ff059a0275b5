using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

static class GetCategory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/categories/{id:guid}", Handle)
        .WithName(nameof(GetCategory))
        .WithTags("Categories")
        .WithSummary("One category")
        .KnowsVersions()
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<CategoryView>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var row = await CategoryTable.Rows.FindAsync(connection, "WHERE r.id = @id AND (@IsAdmin OR NOT r.is_deleted)", new { id, caller.IsAdmin }, ct)
            ?? throw Refusal.NotFound("category");
        return Answer.Read(row.View(), row.Version, preconditions);
    }, ct);
}
