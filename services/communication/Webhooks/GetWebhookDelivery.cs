using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class GetWebhookDelivery
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapGet("/{id:guid}/deliveries/{delivery:guid}", Handle)
        .WithName(nameof(GetWebhookDelivery)).WithSummary("A delivery with what was sent and what each try came to (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<WebhookDeliveryDetails>> Handle(Guid id, Guid delivery, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.ReadAsync(async connection =>
        {
            await WebhookViewing.FindAsync(connection, id, ct);
            var row = await DeliveryTable.Rows.FindAsync(connection, "WHERE r.id = @delivery AND r.webhook_id = @id", new { delivery, id }, ct) ?? throw Refusal.NotFound("delivery");
            var body = await connection.QuerySingleAsync<string>(new CommandDefinition("SELECT body FROM webhook_deliveries WHERE id = @delivery", new { delivery }, cancellationToken: ct));
            var attempts = await connection.QueryAsync<Attempt>(new CommandDefinition(
                "SELECT number, at, took_ms, status, error, answer FROM webhook_attempts WHERE delivery_id = @delivery ORDER BY number", new { delivery }, cancellationToken: ct));
            return Answer.Ok(new WebhookDeliveryDetails(row, body, [.. attempts.Select(a => a.View())]));
        }, ct);
    }

    sealed class Attempt
    {
        public int Number { get; init; }

        public DateTimeOffset At { get; init; }

        public int TookMs { get; init; }

        public int? Status { get; init; }

        public string? Error { get; init; }

        public string? Answer { get; init; }

        public WebhookAttemptView View() => new(Number, At, TimeSpan.FromMilliseconds(TookMs), Status, Error, Answer);
    }
}
