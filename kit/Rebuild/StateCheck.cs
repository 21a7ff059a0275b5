using System.Data;
using System.Text.Json.Nodes;
using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// Makes the rows of a service's tables again from its log, stream by stream, and compares them with those that are there. A few
/// hundred streams are in memory at a time, and nothing is written, so that it also runs while the database is being moved
/// (docs/decisions/0012-rebuild-and-backfill.md).
/// </summary>
public sealed class StateCheck(string service, IReadOnlyList<StateTable> tables, EventReader events)
{
    /// <summary>How many rows of a table are named.</summary>
    public const int Shown = 20;

    const int EventsAtOnce = 1000;
    const int StreamsAtOnce = 500;

    readonly Dictionary<string, StateTable> _byType = tables.SelectMany(t => t.Types.Select(type => (type, t))).ToDictionary(t => t.type, t => t.t, StringComparer.Ordinal);

    /// <summary>Compares every table, all as of one moment.</summary>
    /// <param name="values">Whether differences come with their values, which may be personal.</param>
    /// <exception cref="RebuildException">The log has an event of a thing that its table's declaration does not know.</exception>
    public Task<IReadOnlyList<TableCheck>> RunAsync(ServiceDatabase database, bool values, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.ReadAsync(async connection =>
        {
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
            var results = await CompareAsync(connection, values, putRight: false, ct);
            await snapshot.CommitAsync(ct);
            return results;
        }, ct);
    }

    /// <summary>Compares, and where it is asked for makes each row that differs what the log says.</summary>
    internal async Task<IReadOnlyList<TableCheck>> CompareAsync(NpgsqlConnection connection, bool values, bool putRight, CancellationToken ct)
    {
        var compared = new Dictionary<StateTable, (ComparedTable Things, List<(StatePart Part, ComparedTable Rows)> Parts)>();
        foreach (var table in tables)
        {
            var parts = new List<(StatePart, ComparedTable)>();
            foreach (var part in table.Parts)
            {
                parts.Add((part, await ComparedTable.OfPartAsync(connection, part, ct)));
            }

            compared[table] = (await ComparedTable.OfThingsAsync(connection, table, ct), parts);
        }

        await foreach (var (table, streams) in ReadAsync(connection, ct))
        {
            var (things, parts) = compared[table];
            var rows = streams.Select(s => s.Row()).OfType<JsonObject>().ToList();
            var (ahead, differs) = await things.CompareAsync(connection, [.. streams.Select(s => s.Id)], rows, values, ct);

            // A row that is newer than the log is right, and so is what belongs to it.
            var known = streams.ExceptBy(ahead, s => s.Id).ToList();
            Guid[] ids = [.. known.Select(s => s.Id)];
            if (differs && putRight)
            {
                await things.PutRightAsync(connection, ids, known.Select(s => s.Row()).OfType<JsonObject>(), ct);
            }

            foreach (var (part, belonging) in parts)
            {
                var made = known.SelectMany(s => s.Rows(part)).ToList();
                if ((await belonging.CompareAsync(connection, ids, made, values, ct)).Differs && putRight)
                {
                    await belonging.PutRightAsync(connection, ids, made, ct);
                }

                belonging.AddWithoutEvents(ahead.Length == 0 ? 0 : await CountAsync(connection, $"{Sql.Name(part.Stream)} = ANY(@ids)", part.Name, ahead, ct), []);
            }
        }

        foreach (var (table, (things, parts)) in compared)
        {
            await AddWithoutEventsAsync(connection, table, things, ct);
            foreach (var (part, belonging) in parts)
            {
                belonging.AddWithoutEvents(await CountAsync(connection, $"NOT {HasEvents(part.Stream)}", part.Name, [], ct), []);
            }
        }

        return [.. compared.Values.SelectMany(c => c.Parts.Select(p => p.Rows).Prepend(c.Things)).Select(t => t.Result)];
    }

    /// <summary>All streams of the tables, folded, some of one table at a time.</summary>
    async IAsyncEnumerable<(StateTable Table, IReadOnlyList<StreamState> Streams)> ReadAsync(
        NpgsqlConnection connection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var complete = tables.ToDictionary(t => t, _ => new List<StreamState>());
        StreamState? open = null;
        StateTable? table = null;
        await foreach (var e in EventsAsync(connection, ct))
        {
            if (open?.Id != e.StreamId)
            {
                if (table is not null)
                {
                    complete[table].Add(open!);
                    if (complete[table].Count == StreamsAtOnce)
                    {
                        yield return (table, complete[table]);
                        complete[table] = [];
                    }
                }

                // Things of which no row is made, or not from events alone: what proves who somebody is.
                (open, table) = (new StreamState(e.StreamId), _byType.GetValueOrDefault(e.Type));
            }

            if (table is null && _byType.ContainsKey(e.Type))
            {
                throw new RebuildException($"{e.Position} is a {e.Type}, but its stream {e.StreamId} begins with events that no table's declaration knows.");
            }

            table?.Take(open, e);
        }

        if (table is not null)
        {
            complete[table].Add(open!);
        }

        foreach (var (rest, streams) in complete)
        {
            yield return (rest, streams);
        }
    }

    /// <summary>The whole log, stream after stream, by the index on streams and versions.</summary>
    async IAsyncEnumerable<RecordedEvent> EventsAsync(NpgsqlConnection connection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var (stream, version) = (Guid.Empty, 0L);
        for (; ; )
        {
            var part = await events.QueryAsync(
                connection,
                $"""
                SELECT * FROM {service}_events WHERE stream_version IS NOT NULL AND (stream_id, stream_version) > (@stream, @version)
                ORDER BY stream_id, stream_version LIMIT {EventsAtOnce}
                """,
                new { stream, version },
                ct);
            foreach (var e in part)
            {
                yield return e;
            }

            if (part.Count < EventsAtOnce)
            {
                yield break;
            }

            (stream, version) = (part[^1].StreamId, part[^1].StreamVersion!.Value);
        }
    }

    async Task AddWithoutEventsAsync(NpgsqlConnection connection, StateTable table, ComparedTable things, CancellationToken ct)
    {
        var (count, known, first) = await connection.QuerySingleAsync<(long, long, string[]?)>(new CommandDefinition(
            $"""
            SELECT count(*), count(*) FILTER (WHERE {HasEvents("id")}), (array_agg(id::text ORDER BY id))[1:{Shown}]
            FROM {Sql.Name(table.Name)} AS t
            WHERE NOT EXISTS (SELECT FROM {service}_events WHERE stream_id = t.id AND stream_version IS NOT NULL AND type = ANY(@types))
            """,
            new { types = table.Types.ToArray() },
            commandTimeout: 0,
            cancellationToken: ct));
        if (known > 0)
        {
            throw new RebuildException($"{known} rows of {table.Name} have events, but none of the types that its declaration knows.");
        }

        things.AddWithoutEvents(count, first ?? []);
    }

    static Task<long> CountAsync(NpgsqlConnection connection, string where, string table, Guid[] ids, CancellationToken ct) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition(
            $"SELECT count(*) FROM {Sql.Name(table)} AS t WHERE {where}", new { ids }, commandTimeout: 0, cancellationToken: ct));

    string HasEvents(string column) => $"EXISTS (SELECT FROM {service}_events WHERE stream_id = t.{Sql.Name(column)} AND stream_version IS NOT NULL)";
}
