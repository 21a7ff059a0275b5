using System.Runtime.ExceptionServices;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>
/// A service's way to its data. Runs units of work on the database that is home now, follows a change of home without a
/// restart, and runs again what met a fence (PROTOCOL 1.0). Nobody else opens connections.
/// </summary>
public sealed partial class ServiceDatabase(
    RouteFollower route, EventLog events, TimeProvider clock, ILogger<ServiceDatabase> log)
{
    /// <summary>For how long a unit of work is tried again while its database changes home.</summary>
    public static readonly TimeSpan MovingBudget = TimeSpan.FromSeconds(10);

    /// <summary>For how long a unit of work is tried again while the server is away; shorter, lest requests pile up.</summary>
    public static readonly TimeSpan AwayBudget = TimeSpan.FromSeconds(3);

    public string Service => events.Service;

    public EventLog Events => events;

    /// <summary>The home of now; another one from the moment on at which a move is known here.</summary>
    internal Home Home => route.Current;

    /// <summary>Runs <paramref name="work"/> in a transaction.</summary>
    /// <exception cref="Refusal">503 <c>moving</c> or <c>unavailable</c> when no home was open to it in time; nothing was changed.</exception>
    public async Task<T> WriteAsync<T>(Caller by, Func<UnitOfWork, Task<T>> work, CancellationToken ct) =>
        (await RunAsync(by, null, work, null, ct)).Result;

    public Task WriteAsync(Caller by, Func<UnitOfWork, Task> work, CancellationToken ct) =>
        WriteAsync(by, async unit =>
        {
            await work(unit);
            return true;
        }, ct);

    /// <summary>
    /// Runs a request's <paramref name="work"/> in a transaction. When the request has an idempotency key, the answer is kept
    /// in that transaction, and a repeated request gets the kept one instead of a second effect.
    /// </summary>
    public async Task<Answer<T>> AnswerAsync<T>(Caller by, Func<UnitOfWork, Task<Answer<T>>> work, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(by);
        var (answer, position) = await RunAsync(by, by.Idempotent, work, Answer<T>.Replay, ct);
        answer.Position = position is { } at ? $"{Service}={at}" : null;
        return answer;
    }

    /// <summary>Reads on the home, or on a standby when <paramref name="standby"/> is true and the route names some.</summary>
    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken ct, bool standby = false)
    {
        var retry = new Retry(this);
        for (; ; )
        {
            var home = route.Current;
            try
            {
                await using var connection = standby ? await home.OpenForReadingAsync(ct) : await home.OpenAsync(ct);
                return await read(connection);
            }
            catch (Exception e) when (IsWorthRepeating(e))
            {
                await retry.WaitAsync(home, e, ct);
            }
        }
    }

    async Task<(T Result, LogPosition? Position)> RunAsync<T>(
        Caller by, IdempotentCall? call, Func<UnitOfWork, Task<T>> work, Func<StoredAnswer, T>? replay, CancellationToken ct)
    {
        var retry = new Retry(this);
        for (; ; )
        {
            var home = route.Current;
            var transaction = new Transaction(Service, events, log);
            try
            {
                var done = await transaction.RunAsync(home, by, call, work, replay, clock.GetUtcNow(), ct);
                await transaction.FollowCommitAsync();
                return done;
            }
            catch (Exception e) when (transaction.Committing)
            {
                // Cut off, too late or anything else but the server's own no: whether it was committed is known to the server
                // alone, and to run it again unasked could do it twice.
                if (await CommitOutcome.AskAsync(route, transaction, ct))
                {
                    await transaction.FollowCommitAsync();
                    return (transaction.Result<T>(), null);
                }

                if (!IsWorthRepeating(e))
                {
                    throw;
                }

                await retry.WaitAsync(home, e, ct);
            }
            catch (Exception e) when (IsWorthRepeating(e))
            {
                await retry.WaitAsync(home, e, ct);
            }
        }
    }

    static bool IsWorthRepeating(Exception e) =>
        e is PostgresException { SqlState: DatabaseFaults.Fenced or PostgresErrorCodes.InsufficientPrivilege }
        || DatabaseFaults.IsShut(e)
        || DatabaseFaults.IsConnectionLost(e)
        || DatabaseFaults.IsDeadlock(e)
        || (e is ObjectDisposedException or NpgsqlException { IsTransient: true } && e is not PostgresException);

    /// <summary>Decides whether and when a unit of work is run again.</summary>
    sealed class Retry(ServiceDatabase database)
    {
        readonly long _started = TimeProvider.System.GetTimestamp();
        int _count;

        public async Task WaitAsync(Home home, Exception e, CancellationToken ct)
        {
            var fenced = e is PostgresException { SqlState: DatabaseFaults.Fenced };
            var moved = await database.Route.RefreshAsync(home, (e as PostgresException)?.Detail, ct);
            if (!moved && e is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege })
            {
                // A right that is missing at home is a fault of ours, not a move.
                ExceptionDispatchInfo.Throw(e);
            }

            if (!moved)
            {
                var elapsed = TimeProvider.System.GetElapsedTime(_started);
                if (elapsed > (fenced ? MovingBudget : AwayBudget))
                {
                    throw fenced
                        ? Refusal.Unavailable(Codes.Moving, "The data is changing its home and the wait was too long. Nothing was changed; try again.", TimeSpan.FromSeconds(2), e)
                        : Refusal.Unavailable(Codes.Unavailable, "The database does not answer. Nothing was changed; try again.", TimeSpan.FromSeconds(2), e);
                }

                var most = Math.Min(500, 10 << Math.Min(_count, 6));
                await Task.Delay(Random.Shared.Next(5, most + 5), ct);
            }

            _count++;
            Repeated(database.Log, database.Service, _count, DatabaseFaults.Describe(e));
        }
    }

    RouteFollower Route => route;

    ILogger Log => log;

    [LoggerMessage(110, LogLevel.Information, "A unit of work of {Service} is run again (try {Count}): {Reason}")]
    static partial void Repeated(ILogger logger, string service, int count, string reason);
}
