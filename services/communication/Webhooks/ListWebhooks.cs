using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ListWebhooks
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapGet("", Handle)
        .WithName(nameof(ListWebhooks)).WithSummary("Webhooks with how it goes with them; sorts by name, created_at (admin)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal) { ["name"] = "lower(r.name)", ["created_at"] = "r.created_at" };

    static async Task<Listing<WebhookView>> Handle([AsParameters] PageQuery page, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        page.Check<WebhookView>(check);
        var order = page.OrderBy(check, Sorts, "name", "r.id");
        check.Done();
        var args = new { take = page.Take(), skip = page.Skip(), count = page.CountUpTo() };
        return await db.ReadAsync(async connection =>
        {
            var rows = await WebhookTable.Rows.QueryAsync(connection, $"WHERE NOT r.is_deleted ORDER BY {order} LIMIT @take OFFSET @skip", args, ct);
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                "SELECT count(*) FROM (SELECT FROM webhooks WHERE NOT is_deleted LIMIT @count) AS counted", args, cancellationToken: ct));
            return new Listing<WebhookView>(page, await WebhookViewing.ViewAsync(connection, rows, clock.GetUtcNow(), ct), counted);
        }, ct);
    }
}
