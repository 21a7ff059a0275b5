using System.Threading.Channels;
using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// What <see cref="Backfill"/> does, while nobody else is at work: rows are not locked, and thousands of events are written at once, by the
/// server itself where <see cref="RowsAsEvents"/> can say how, else read and made here while those before are written. May be stopped and
/// begun again at any time. Whoever writes beside it all the same makes it fail at worst: the log takes no version twice.
/// </summary>
public static class QuietBackfill
{
    /// <summary>Rows of a transaction, and what they may have as JSON: descriptions may be long.</summary>
    const int AtOnce = 5_000, MostCharacters = 8_000_000;

    /// <summary>Without statistics of what was just written a few rows would be looked for in all of the log, each time.</summary>
    internal const string Settings = "SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'";

    /// <remarks>
    /// Its commits are not waited for to be on disk. Whoever notes that it is done does so by a commit of the same server that is: what
    /// was committed before is on disk then, too.
    /// </remarks>
    /// <returns>Where it ended.</returns>
    public static async Task<BackfillProgress> RunAsync(ServiceDatabase database, StateTable table, IProgress<BackfillProgress>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(table);
        if (table.OfRow is not { } stream)
        {
            return await Backfill.RunAsync(database, table, progress, ct);
        }

        var total = await database.ReadAsync(c => c.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM {Sql.Name(table.Name)}", commandTimeout: 0, cancellationToken: ct)), ct);
        var at = new BackfillProgress(table.Name, 0, total, 0);
        if (await RowsAsEvents.FindAsync(database, table.Name, stream, ct) is { } inServer)
        {
            return await inServer.AppendAsync(at, progress, ct);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var read = Channel.CreateBounded<IReadOnlyList<PendingEvent>>(1);
        var reading = Task.Run(() => ReadAsync(database, table.Name, stream, read.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var events in read.Reader.ReadAllAsync(ct))
            {
                at = at with { Looked = at.Looked + events.Count, Appended = at.Appended + await AppendAsync(database, events, ct) };
                progress?.Report(at);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return at;
    }

    /// <summary>In the order of their ids: the log's index over streams is then filled from one end to the other.</summary>
    static async Task ReadAsync(ServiceDatabase database, string table, Func<string, EventStream> stream, ChannelWriter<IReadOnlyList<PendingEvent>> to, CancellationToken ct)
    {
        try
        {
            var (after, by) = (Guid.Empty, Caller.System());
            while (await database.ReadAsync(connection => PageAsync(connection, table, after, stream, ct), ct) is { Count: > 0 } streams)
            {
                await to.WriteAsync(EventLog.Imported(streams, by), ct);
                after = streams[^1].Id;
            }

            to.Complete();
        }
        catch (Exception e)
        {
            // To whoever reads the channel.
            to.Complete(e);
        }
    }

    static async Task<List<EventStream>> PageAsync(NpgsqlConnection connection, string table, Guid after, Func<string, EventStream> stream, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM {Sql.Name(table)} AS t WHERE id > $1 ORDER BY id LIMIT {AtOnce}", connection) { CommandTimeout = 0, Parameters = { new() { Value = after } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (streams, characters) = (new List<EventStream>(AtOnce), 0L);
        while (characters < MostCharacters && await reader.ReadAsync(ct))
        {
            var row = reader.GetString(0);
            streams.Add(stream(row));
            characters += row.Length;
        }

        return streams;
    }

    static Task<int> AppendAsync(ServiceDatabase database, IReadOnlyList<PendingEvent> events, CancellationToken ct)
    {
        var by = Caller.System();
        return database.WriteAsync(by, async unit =>
        {
            await unit.ExecuteAsync(Settings);
            var there = (await unit.QueryAsync<(Guid, long)>(
                $"SELECT stream_id, stream_version FROM {database.Service}_events WHERE stream_id BETWEEN @first AND @last AND stream_version IS NOT NULL",
                new { first = events[0].StreamId, last = events[^1].StreamId })).ToHashSet();
            IReadOnlyList<PendingEvent> missing = there.Count == 0 ? events : [.. events.Where(e => !there.Contains((e.StreamId, e.Version!.Value)))];
            if (missing.Count > 0)
            {
                await database.Events.CopyAsync(unit.Connection, missing, by, unit.Ct);
            }

            return missing.Count;
        }, ct);
    }
}
