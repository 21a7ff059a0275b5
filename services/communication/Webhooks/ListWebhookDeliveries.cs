using System.ComponentModel;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ListWebhookDeliveries
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapGet("/{id:guid}/deliveries", Handle)
        .WithName(nameof(ListWebhookDeliveries)).WithSummary("What was and is to be sent to a webhook, the latest first (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);

    static async Task<CursorListing<WebhookDeliveryView>> Handle(
        Guid id, [AsParameters] WebhookDeliveryQuery query, [AsParameters] CursorQuery page, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        var after = page.Check(check) is { } key ? Read(key) : (Guid?)null;
        var states = Filters.Words<WebhookDeliveryState>(check, "state", query.State);
        check.Done();
        return await db.ReadAsync(async connection =>
        {
            await WebhookViewing.FindAsync(connection, id, ct);
            var rows = await DeliveryTable.Rows.QueryAsync(
                connection,
                $"""
                WHERE r.webhook_id = @id {(states is null ? "" : "AND r.state = ANY(@states)")} {(after is null ? "" : "AND r.id < @after")}
                ORDER BY r.id DESC LIMIT @take
                """,
                new { id, states, after, take = page.Take() },
                ct);
            return new CursorListing<WebhookDeliveryView>(page, rows, d => $"{d.Id}");
        }, ct);
    }

    static Guid Read(string key) => Guid.TryParse(key, out var id) ? id : throw CursorQuery.NotOurs();
}

sealed record WebhookDeliveryQuery(
    [property: FromQuery(Name = "state"), Description("pending, delivered, failed; several separated by commas")] string? State = null);
