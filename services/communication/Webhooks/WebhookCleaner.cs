using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Communication.Webhooks;

/// <summary>Deletes what was delivered 30 days ago or failed 90 days ago, the log of deleted webhooks, and secrets that have ended.</summary>
sealed class WebhookCleaner(ServiceDatabase database, TimeProvider clock, ILogger<WebhookCleaner> log) : HourlyCleaner(database, clock, log)
{
    public override async Task CleanAsync(CancellationToken ct)
    {
        await InStepsAsync(DeleteOverAsync, ct);
        await InStepsAsync(DeleteOrphansAsync, ct);
        await InStepsAsync(DeleteSecretsAsync, ct);
    }

    static Task<int> DeleteOverAsync(UnitOfWork unit) => unit.ExecuteAsync(
        $"""
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT id FROM webhook_deliveries
            WHERE state <> 'pending' AND finished_at < @delivered AND (state = 'delivered' OR finished_at < @failed)
            LIMIT {Step} FOR UPDATE SKIP LOCKED)
        """,
        new { delivered = unit.Now - WebhookRules.DeliveredKept, failed = unit.Now - WebhookRules.FailedKept });

    // By itself: together with the other no index would find either.
    static Task<int> DeleteOrphansAsync(UnitOfWork unit) => unit.ExecuteAsync(
        $"""
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT d.id FROM webhooks AS w JOIN webhook_deliveries AS d ON d.webhook_id = w.id
            WHERE w.is_deleted LIMIT {Step} FOR UPDATE OF d SKIP LOCKED)
        """);

    static Task<int> DeleteSecretsAsync(UnitOfWork unit) => unit.ExecuteAsync("DELETE FROM webhook_secrets WHERE live_until <= @Now", new { unit.Now });
}
