using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.Timers;

/// <summary>
/// Carries timers out when they are due, the earliest first, each in a unit of work of its own that also takes or moves its row. So
/// any number of processes may look: one of them does it, and after a long stop everything that was missed is done, once.
/// </summary>
sealed partial class TimerScheduler(ServiceDatabase db, TimerActions actions, TimerHold hold, TimeProvider clock, ILogger<TimerScheduler> log) : BackgroundService
{
    const int AtOnce = 100;

    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What fails stands aside for a while, lest it keep the others from their turn; it is tried for ever.
        var aside = new Dictionary<DueTimer, DateTimeOffset>();
        while (!stoppingToken.IsCancellationRequested)
        {
            var did = 0;
            try
            {
                await hold.Released.WaitAsync(stoppingToken);
                did = await WorkAsync(aside, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Waiting(log, DatabaseFaults.Describe(e));
            }

            if (did == 0)
            {
                await Task.Delay(Look, stoppingToken);
            }
        }
    }

    /// <returns>How many were carried out.</returns>
    async Task<int> WorkAsync(Dictionary<DueTimer, DateTimeOffset> aside, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        foreach (var (timer, until) in aside.ToArray())
        {
            if (until <= now)
            {
                aside.Remove(timer);
            }
        }

        var due = await db.ReadAsync(c => TimerTable.DueAsync(c, now, AtOnce, aside.Keys.Select(t => t.SubjectId), ct), ct);
        var did = 0;
        foreach (var timer in due)
        {
            try
            {
                await db.WriteAsync(Caller.System(), unit => actions.FireAsync(unit, timer), ct);
                did++;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                aside[timer] = clock.GetUtcNow() + TimeSpan.FromSeconds(30);
                Failed(log, timer.Kind, timer.SubjectId, DatabaseFaults.Describe(e));
            }
        }

        return did;
    }

    [LoggerMessage(401, LogLevel.Warning, "Timers wait, for the database can't be asked: {Reason}")]
    static partial void Waiting(ILogger logger, string reason);

    [LoggerMessage(402, LogLevel.Error, "Timer {Kind} of {Subject} could not be carried out and is tried again in half a minute: {Reason}")]
    static partial void Failed(ILogger logger, string kind, Guid subject, string reason);
}

/// <summary>A timer whose time has come.</summary>
sealed record DueTimer(Guid SubjectId, string Kind, DateTime DueAt, int Fired)
{
    public DateTimeOffset Due => new(DateTime.SpecifyKind(DueAt, DateTimeKind.Utc));
}
