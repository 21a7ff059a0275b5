using System.Collections.Concurrent;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Caching;

/// <summary>
/// Follows the service's own log, for what is kept of rows in this process: hears of each commit here at once, and looks five
/// times a second for what other processes have appended. Not woken by <c>LogSignal</c>, which tells of this process alone.
/// </summary>
sealed partial class LogFollower : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>What was found true so long ago is not relied upon any more.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>More at once are not worth being read.</summary>
    const int Most = 10_000;

    readonly ServiceDatabase _database;
    readonly TimeProvider _clock;
    readonly ILogger<LogFollower> _logger;
    readonly ConcurrentBag<(Action<Guid> Evict, Action Clear)> _kept = [];
    volatile Look? _last;

    public LogFollower(ServiceDatabase database, TimeProvider clock, ILogger<LogFollower> logger)
    {
        (_database, _clock, _logger) = (database, clock, logger);
        database.Events.Committed = Evict;
    }

    /// <param name="evict">Something was appended to the stream, and its row is another one now.</param>
    /// <param name="clear">Nobody knows what was appended.</param>
    public void Tell(Action<Guid> evict, Action clear) => _kept.Add((evict, clear));

    /// <summary>
    /// Whether everything that was in the log a second ago is known here, on the home of now, and everything up to
    /// <paramref name="after"/> besides.
    /// </summary>
    public bool HasSeen(LogPosition? after) =>
        _last is { } last
        && ReferenceEquals(last.Home, _database.Home)
        && _clock.GetElapsedTime(last.Asked) < Longest
        && (after is null || after <= last.At);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_last is not null)
                {
                    Blind(_logger, _database.Service, DatabaseFaults.Describe(e));
                }

                Lose();
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Pause, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task LookAsync(CancellationToken ct)
    {
        var (last, home, asked) = (_last, _database.Home, _clock.GetTimestamp());
        var (epoch, position, streams) = await _database.ReadAsync(c => c.QuerySingleAsync<(int, long, Guid[])>(new CommandDefinition(
            $"""
            SELECT coalesce((SELECT max(epoch) FROM {_database.Service}_log), 1),
                   coalesce((SELECT max(position) FROM {_database.Service}_events), 0),
                   ARRAY(SELECT stream_id FROM {_database.Service}_events WHERE position > @from ORDER BY position LIMIT {Most})
            """,
            new { from = last?.At.Position ?? long.MaxValue },
            cancellationToken: ct)), ct);
        if (!ReferenceEquals(home, _database.Home))
        {
            // Whose log that was is not known.
            Lose();
            return;
        }

        var goesOn = last is not null && ReferenceEquals(home, last.Home) && epoch == last.At.Epoch
            && position - last.At.Position == streams.Length && _clock.GetElapsedTime(last.Asked) < Longest;
        if (!goesOn)
        {
            // After the look: whatever is loaded from here on is at least as new as the position.
            Lose();
        }

        foreach (var stream in streams)
        {
            Evict(stream);
        }

        _last = new Look(home, asked, new LogPosition(epoch, position));
    }

    void Evict(Guid stream)
    {
        foreach (var rows in _kept)
        {
            rows.Evict(stream);
        }
    }

    void Lose()
    {
        _last = null;
        foreach (var rows in _kept)
        {
            rows.Clear();
        }
    }

    [LoggerMessage(119, LogLevel.Warning, "The log of {Service} can't be followed at the moment; rows are not served from memory: {Reason}")]
    static partial void Blind(ILogger logger, string service, string reason);

    sealed record Look(Home Home, long Asked, LogPosition At);
}
