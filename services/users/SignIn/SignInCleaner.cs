using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Users.SignIn;

/// <summary>Deletes sessions 30 days after their end, and signing keys a day after they have retired; once an hour, in small steps.</summary>
sealed partial class SignInCleaner(ServiceDatabase database, TimeProvider clock, ILogger<SignInCleaner> log) : BackgroundService
{
    const int Step = 1000;
    static readonly TimeSpan SessionsKept = TimeSpan.FromDays(30);
    static readonly TimeSpan KeysKept = TimeSpan.FromDays(1);

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
        while (await database.WriteAsync(Caller.System(), DeleteSessionsAsync, ct) == Step)
        {
            // Until a step finds less than it may take.
        }

        await database.WriteAsync(Caller.System(), work => work.ExecuteAsync(
            "DELETE FROM user_signing_keys WHERE retires_at < @before", new { before = work.Now - KeysKept }), ct);
    }

    static Task<int> DeleteSessionsAsync(UnitOfWork work) => work.ExecuteAsync(
        $"""
        DELETE FROM user_sessions WHERE id IN (
            SELECT id FROM user_sessions WHERE least(expires_at, revoked_at) < @before LIMIT {Step} FOR UPDATE SKIP LOCKED)
        """,
        new { before = work.Now - SessionsKept });

    [LoggerMessage(300, LogLevel.Warning, "Ended sessions could not be cleaned up; the next hour tries again")]
    static partial void Failed(ILogger logger, Exception e);
}
