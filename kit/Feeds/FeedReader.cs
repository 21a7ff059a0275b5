using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Feeds;

/// <summary>
/// Follows another service's feed and carries out its events, each once: the cursor advances in the effects' own
/// transaction. Any number of processes may run the same reader; one of them is first, the others notice.
/// </summary>
public sealed partial class FeedReader(
    string name, Service source, FeedHandlers handlers, FeedClient feed, ServiceDatabase database, TimeProvider clock, ILogger<FeedReader> log)
    : BackgroundService
{
    const int Batch = 200;
    const int Tries = 3;
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    readonly Cursor _cursor = new(database.Service, name, source.Name);
    readonly FeedRest _rest = new(clock);
    readonly ParkedEvents _parked = new(database.Service, name);

    /// <summary>The reader's name, unique within its service; its cursor is kept under it.</summary>
    public string Name { get; } = name;

    /// <summary>The service whose feed it reads.</summary>
    public Service Source { get; } = source;

    /// <summary>How far behind the reader is.</summary>
    public FeedProgress Progress { get; } = new(name, database.Service, clock);

    /// <summary>Reads on soon, though it rests: somebody waits for what it reads.</summary>
    internal void Hurry() => _rest.End();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RetryParkedAsync(stoppingToken);
                var read = await StepAsync(Wait, stoppingToken);
                pause = TimeSpan.FromMilliseconds(100);
                if (read is > 0 and < Batch)
                {
                    await _rest.TakeAsync(read, stoppingToken);
                }
            }
            catch (CursorMovedException)
            {
                // Another process was first; from its position on.
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Waits(log, Name, database.Service, pause.TotalSeconds, DatabaseFaults.Describe(e));
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Reads one part of the feed and carries it out.</summary>
    /// <returns>How many events were read.</returns>
    internal async Task<int> StepAsync(TimeSpan wait, CancellationToken ct)
    {
        var at = await _cursor.ReadAsync(database, ct);
        var part = await feed.ReadAsync(Source, at, Batch, wait, ct);
        if (part.From < at.Position)
        {
            Rewound(log, Name, database.Service, Source.Name, at.Position, part.From);
            if (handlers.FromStart is { } forget)
            {
                // The log says otherwise now than what was taken over from the old one; take all of it again.
                await database.WriteAsync(Caller.System(), async work =>
                {
                    await _cursor.AdvanceAsync(work, at, new LogPosition(part.Epoch, 0), null, false);
                    await forget(work);
                }, ct);
                return 0;
            }
        }

        if (part.Events.Count == 0)
        {
            await database.WriteAsync(Caller.System(), work => _cursor.AdvanceAsync(work, at, part.End, null, true), ct);
            Progress.CaughtUp();
            return 0;
        }

        try
        {
            await ApplyAsync(at, part.End, part.Events, part.Events.Count < Batch, ct);
        }
        catch (Exception e) when (!IsTransient(e, ct))
        {
            // One of them is at fault: one by one, so that only that one is held up.
            await OneByOneAsync(at, part, ct);
        }

        Progress.Reached(part.Events[^1].Time, caughtUp: part.Events.Count < Batch);
        return part.Events.Count;
    }

    Task ApplyAsync(LogPosition from, LogPosition to, IReadOnlyList<FeedEvent> events, bool caughtUp, CancellationToken ct) =>
        database.WriteAsync(Caller.System(events[^1].Correlationid, events[^1].Id), async work =>
        {
            // First, so that a second process with the same events waits here and then gives way.
            await _cursor.AdvanceAsync(work, from, to, events[^1].Time, caughtUp);
            var known = events.Where(e => handlers.Knows(e.Type)).ToList();
            var parked = await _parked.AmongAsync(work, known);
            foreach (var e in known.Where(e => parked.Contains(e.Stream)))
            {
                await _parked.ParkAsync(work, e, null);
            }

            await handlers.HandleAsync(work, known.Where(e => !parked.Contains(e.Stream)));
        }, ct);

    async Task OneByOneAsync(LogPosition from, FeedPart part, CancellationToken ct)
    {
        foreach (var e in part.Events)
        {
            var to = ReferenceEquals(e, part.Events[^1]) ? part.End : new LogPosition(part.Epoch, e.At.Position);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await ApplyAsync(from, to, [e], false, ct);
                    break;
                }
                catch (Exception fault) when (!IsTransient(fault, ct))
                {
                    if (attempt == Tries)
                    {
                        Parked(log, Name, database.Service, e.Id, e.Type, DatabaseFaults.WithoutRows(fault));
                        await database.WriteAsync(Caller.System(), async work =>
                        {
                            await _cursor.AdvanceAsync(work, from, to, e.Time, false);
                            await _parked.ParkAsync(work, e, Short(fault));
                        }, ct);
                        break;
                    }
                }
            }

            from = to;
        }
    }

    internal async Task RetryParkedAsync(CancellationToken ct)
    {
        foreach (var e in await _parked.DueAsync(database, ct))
        {
            try
            {
                await database.WriteAsync(Caller.System(e.Correlationid, e.Id), async work =>
                {
                    if (await _parked.TakeAsync(work, e))
                    {
                        await handlers.HandleAsync(work, [e]);
                    }
                }, ct);
            }
            catch (Exception fault) when (!IsTransient(fault, ct))
            {
                await database.WriteAsync(Caller.System(), work => _parked.PutOffAsync(work, e, Short(fault)), ct);
            }
        }
    }

    static bool IsTransient(Exception e, CancellationToken ct) =>
        ct.IsCancellationRequested
        || e is CursorMovedException or HttpRequestException or TaskCanceledException
        || e is Refusal { Code.Status: 503 }
        || DatabaseFaults.IsTransient(e);

    static string Short(Exception e)
    {
        var text = DatabaseFaults.Describe(e);
        return text.Length > 2000 ? text[..2000] : text;
    }

    [LoggerMessage(140, LogLevel.Warning, "{Reader} of {Service} waits {Seconds} s: {Reason}")]
    static partial void Waits(ILogger logger, string reader, string service, double seconds, string reason);

    [LoggerMessage(141, LogLevel.Warning, "{Reader} of {Service}: the log of {Source} was restored; back from position {Old} to {New}")]
    static partial void Rewound(ILogger logger, string reader, string service, string source, long old, long @new);

    [LoggerMessage(142, LogLevel.Error, "{Reader} of {Service} parked event {EventId} ({Type})")]
    static partial void Parked(ILogger logger, string reader, string service, string eventId, string type, Exception e);
}
