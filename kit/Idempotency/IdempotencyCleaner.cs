using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Idempotency;

/// <summary>Deletes answers whose time is over, once an hour, in small steps.</summary>
sealed partial class IdempotencyCleaner(ServiceDatabase database, TimeProvider clock, ILogger<IdempotencyCleaner> log) : BackgroundService
{
    const int Step = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                while (await DeleteAsync(stoppingToken) == Step)
                {
                    // Until a step finds less than it may take.
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                Failed(log, database.Service, DatabaseFaults.WithoutRows(e));
            }
        }
    }

    Task<int> DeleteAsync(CancellationToken ct) => database.WriteAsync(Caller.System(), work => work.ExecuteAsync(
        $"""
        DELETE FROM {database.Service}_idempotency WHERE key IN (
            SELECT key FROM {database.Service}_idempotency WHERE expires_at < @Now LIMIT {Step} FOR UPDATE SKIP LOCKED)
        """, new { work.Now }), ct);

    [LoggerMessage(130, LogLevel.Warning, "{Service}: kept answers could not be cleaned up; the next hour tries again")]
    static partial void Failed(ILogger logger, string service, Exception e);
}
