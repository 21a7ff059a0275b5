using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

static class ReadServiceAccount
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapGet("/{id:guid}", Handle)
        .WithName(nameof(ReadServiceAccount)).WithSummary("A service account, without its key (admin)")
        .KnowsVersions()
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static async Task<Results<Answer<ServiceAccountView>, StatusCodeHttpResult>> Handle(
        Guid id, Preconditions seen, Caller caller, ServiceDatabase database, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var account = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<ServiceAccount>(new CommandDefinition(
            $"SELECT {ServiceAccount.Columns} FROM service_accounts WHERE id = @id", new { id }, cancellationToken: ct)), ct)
            ?? throw Refusal.NotFound("service account");
        return seen.Has(account.Version)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : Answer.Ok(account.View(), account.Version);
    }
}
