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

static class ListServiceAccounts
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapGet("", Handle)
        .WithQuery("revoked", "page", "limit")
        .WithName(nameof(ListServiceAccounts)).WithSummary("Service accounts by name, those in use or, with revoked=true, those revoked (admin)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static async Task<Ok<Paged<ServiceAccountView>>> Handle(
        PageRequest page, Caller caller, ServiceDatabase database, CancellationToken ct, bool revoked = false)
    {
        caller.MustBeAdmin();
        const string Those = "FROM service_accounts WHERE (revoked_at IS NOT NULL) = @revoked";
        var args = new { revoked, page.Limit, page.Offset };
        return await database.ReadAsync(async connection =>
        {
            var total = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) {Those}", args, cancellationToken: ct));
            var rows = await connection.QueryAsync<ServiceAccount>(new CommandDefinition(
                $"SELECT {ServiceAccount.Columns} {Those} ORDER BY lower(name), id LIMIT @Limit OFFSET @Offset", args, cancellationToken: ct));
            return TypedResults.Ok(page.Of([.. rows.Select(r => r.View())], total));
        }, ct);
    }
}
