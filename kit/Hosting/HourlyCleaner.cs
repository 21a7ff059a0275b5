using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Hosting;

/// <summary>Deletes what nobody needs any more, once an hour, in small steps. What fails is tried again the next hour.</summary>
public abstract partial class HourlyCleaner(ServiceDatabase database, TimeProvider clock, ILogger log) : BackgroundService
{
    /// <summary>So many rows at most are deleted in one unit of work.</summary>
    protected const int Step = 1000;

    public abstract Task CleanAsync(CancellationToken ct);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, database.Service, GetType().Name, DatabaseFaults.WithoutRows(e));
            }
        }
    }

    /// <summary>Repeats a statement that deletes at most <see cref="Step"/> rows, each time in a unit of work of its own, until it finds fewer.</summary>
    protected async Task InStepsAsync(Func<UnitOfWork, Task<int>> delete, CancellationToken ct)
    {
        int deleted;
        do
            deleted = await database.WriteAsync(Caller.System(), delete, ct);
        while (deleted == Step);
    }

    [LoggerMessage(130, LogLevel.Warning, "{Service}: {Cleaner} could not delete what is over; the next hour tries again")]
    static partial void Failed(ILogger logger, string service, string cleaner, Exception e);
}
