using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Import;

static class GetImport
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/bulk-jobs/users/{id:guid}", Handle)
        .WithName(nameof(GetImport))
        .WithTags("Import")
        .WithSummary("How far an import of people is (admin, or scope users:write)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Ok<BulkJobView>> Handle(Guid id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        return db.ReadAsync(async connection =>
        {
            var import = await UserImport.FindAsync(connection, id, ct);
            return TypedResults.Ok(import.View(await UserImport.CountAsync(connection, id, ct)));
        }, ct);
    }
}
