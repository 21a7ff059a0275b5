using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

static class ListServiceAccounts
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapGet("", Handle)
        .WithName(nameof(ListServiceAccounts)).WithSummary("Service accounts by name, those in use or, with revoked=true, those revoked (admin)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal) { ["name"] = "lower(name)", ["created_at"] = "created_at" };

    static async Task<Listing<ServiceAccountView>> Handle(
        [AsParameters] PageQuery page, Caller caller, ServiceDatabase database, CancellationToken ct, bool revoked = false)
    {
        caller.MustBeAdmin();
        const string Those = "FROM service_accounts WHERE (revoked_at IS NOT NULL) = @revoked";
        var check = new Checks();
        page.Check<ServiceAccountView>(check);
        var order = page.OrderBy(check, Sorts, "name");
        check.Done();
        var args = new { revoked, take = page.Take(), skip = page.Skip(), count = page.CountUpTo() };
        return await database.ReadAsync(async connection =>
        {
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT count(*) FROM (SELECT {Those} LIMIT @count) AS counted", args, cancellationToken: ct));
            var rows = await connection.QueryAsync<ServiceAccount>(new CommandDefinition(
                $"SELECT {ServiceAccount.Columns} {Those} ORDER BY {order} LIMIT @take OFFSET @skip", args, cancellationToken: ct));
            return new Listing<ServiceAccountView>(page, [.. rows.Select(r => r.View())], counted);
        }, ct);
    }
}
