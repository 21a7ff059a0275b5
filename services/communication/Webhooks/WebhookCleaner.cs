using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Communication.Webhooks;

/// <summary>Deletes what was delivered 30 days ago or failed 90 days ago, the log of deleted webhooks, and secrets that have ended; once an hour, in small steps.</summary>
sealed partial class WebhookCleaner(ServiceDatabase database, TimeProvider clock, ILogger<WebhookCleaner> log) : BackgroundService
{
    const int Step = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Failed(log, DatabaseFaults.WithoutRows(e));
            }
        }
    }

    internal async Task CleanAsync(CancellationToken ct)
    {
        while (await database.WriteAsync(Caller.System(), DeleteDeliveriesAsync, ct) == Step)
        {
            // Until a step finds less than it may take.
        }

        await database.WriteAsync(Caller.System(), unit => unit.ExecuteAsync("DELETE FROM webhook_secrets WHERE live_until <= @Now", new { unit.Now }), ct);
    }

    static Task<int> DeleteDeliveriesAsync(UnitOfWork unit) => unit.ExecuteAsync(
        $"""
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT d.id FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook_id
            WHERE (d.state = 'delivered' AND d.finished_at < @delivered) OR (d.state = 'failed' AND d.finished_at < @failed) OR w.is_deleted
            LIMIT {Step} FOR UPDATE OF d SKIP LOCKED)
        """,
        new { delivered = unit.Now - WebhookRules.DeliveredKept, failed = unit.Now - WebhookRules.FailedKept });

    [LoggerMessage(550, LogLevel.Warning, "Old deliveries to webhooks could not be cleaned up; the next hour tries again")]
    static partial void Failed(ILogger logger, Exception e);
}
