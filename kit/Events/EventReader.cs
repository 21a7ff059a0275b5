using System.Data;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Kit.Secrets;
using Npgsql;

namespace Hdms.Kit.Events;

/// <summary>One event as its own service sees it, with its audit.</summary>
public sealed record RecordedEvent(
    LogPosition Position, Guid StreamId, long? StreamVersion, string Type, JsonObject Data, JsonObject Audit,
    Guid? ActorId, string? CorrelationId, string? CausationId, DateTimeOffset OccurredAt, bool Erased);

/// <summary>A part of a log, and where its reader goes on from.</summary>
/// <param name="Epoch">The log's epoch; a reader whose own is another one has been taken back to where this one began.</param>
/// <param name="From">The position after which the events begin.</param>
/// <param name="To">
/// The position up to which there is nothing more to give; behind the last event where what follows it took no version.
/// </param>
public sealed record LogPart(int Epoch, long From, long To, IReadOnlyList<RecordedEvent> Events);

/// <summary>Reads a service's log and opens what is encrypted in it.</summary>
public sealed class EventReader
{
    readonly ServiceDatabase _database;
    readonly LogWatch _watch;

    public EventReader(ServiceDatabase database)
    {
        _database = database;
        _watch = new LogWatch(EndAsync);
    }

    string Table => $"{_database.Service}_events";

    /// <summary>The events after <paramref name="after"/>, oldest first; what took no version, as a refused attempt, is not among them.</summary>
    /// <exception cref="Refusal">409 <c>log_went_back</c>: the log is shorter than the position, in the same epoch.</exception>
    public Task<LogPart> AfterAsync(LogPosition after, int limit, CancellationToken ct) => _database.ReadAsync(async connection =>
    {
        // One snapshot, so that epoch, end and events are those of the same log, also while it is being restored.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var (epoch, from, last) = await connection.QuerySingleAsync<(int, long, long)>(new CommandDefinition(
            $"""
            SELECT coalesce((SELECT max(epoch) FROM {_database.Service}_log), 1),
                   least(@Position, (SELECT min(first_position) - 1 FROM {_database.Service}_log WHERE epoch > @Epoch AND @Epoch > 0)),
                   coalesce((SELECT max(position) FROM {Table}), 0)
            """,
            new { after.Epoch, after.Position },
            cancellationToken: ct));
        if (from > last || after.Epoch > epoch)
        {
            throw new Refusal(Codes.LogWentBack, $"The log of {_database.Service} ends at {epoch}.{last}, before {after}: it was restored without a new epoch.");
        }

        var events = await QueryAsync(
            connection,
            $"SELECT * FROM {Table} WHERE position > @from AND stream_version IS NOT NULL ORDER BY position LIMIT @limit",
            new { from, limit },
            ct);
        await snapshot.CommitAsync(ct);
        return new LogPart(epoch, from, events.Count == limit ? events[^1].Position.Position : last, events);
    }, ct);

    /// <summary>Ends at the next append in this process; to be taken before looking, so that none is missed in between. Of others nothing tells: look now and then.</summary>
    public Task NextAppendAsync() => LogSignal.Next(_database.Service);

    /// <summary>Ends when there is likely to be something after <paramref name="seen"/>, or after <paramref name="most"/>; one look serves all who wait.</summary>
    /// <param name="appended"><see cref="NextAppendAsync"/>, taken before <paramref name="seen"/> was read.</param>
    public Task WaitAsync(LogPart seen, Task appended, TimeSpan most, TimeProvider clock, CancellationToken ct) =>
        _watch.WaitAsync(new LogPosition(seen.Epoch, seen.To), appended, most, clock, ct);

    /// <summary>A thing's whole history, oldest first, refused attempts included.</summary>
    public Task<IReadOnlyList<RecordedEvent>> OfStreamAsync(Guid stream, CancellationToken ct) => _database.ReadAsync(
        connection => QueryAsync(connection, $"SELECT * FROM {Table} WHERE stream_id = @stream ORDER BY position", new { stream }, ct), ct);

    Task<LogPosition> EndAsync(CancellationToken ct) => _database.ReadAsync(async connection =>
    {
        var (epoch, position) = await connection.QuerySingleAsync<(int, long)>(new CommandDefinition(
            $"SELECT coalesce((SELECT max(epoch) FROM {_database.Service}_log), 1), coalesce((SELECT max(position) FROM {Table}), 0)", cancellationToken: ct));
        return new LogPosition(epoch, position);
    }, ct);

    /// <summary>The events that a query on the events table of this service finds; the query selects all columns.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> QueryAsync(NpgsqlConnection connection, string sql, object args, CancellationToken ct)
    {
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(sql, args, cancellationToken: ct))).AsList();
        var persons = rows.Where(r => r.Sealed is not null).Select(r => r.Person_Id!.Value).Distinct().ToArray();
        var keys = await _database.Events.Keys.ReadAsync(connection, persons, ct);
        return rows.ConvertAll(row => Open(row, keys));
    }

    static RecordedEvent Open(Row row, IReadOnlyDictionary<Guid, byte[]> keys)
    {
        var data = JsonNode.Parse(row.Data)!.AsObject();
        var audit = JsonNode.Parse(row.Audit)!.AsObject();
        var erased = false;
        if (row.Sealed is not null)
        {
            if (keys.TryGetValue(row.Person_Id!.Value, out var key) && TryOpen(key, row) is { } box)
            {
                foreach (var (name, value) in box["data"]!.AsObject().ToArray())
                {
                    data[name] = value?.DeepClone();
                }

                audit = box["audit"]!.DeepClone().AsObject();
            }
            else
            {
                erased = true;
            }
        }

        return new RecordedEvent(
            new LogPosition(row.Epoch, row.Position), row.Stream_Id, row.Stream_Version, row.Type, data, audit,
            row.Actor_Id, row.Correlation_Id, row.Causation_Id, row.Occurred_At, erased);
    }

    /// <summary>Null when the key is a later one: the person was erased, and then something was written about them again.</summary>
    static JsonObject? TryOpen(byte[] key, Row row)
    {
        try
        {
            var plain = SecretBox.Open(key, row.Sealed, EventLog.Context(row.Stream_Id, row.Type));
            return JsonNode.Parse(Encoding.UTF8.GetString(plain))!.AsObject();
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    internal static FeedEvent ToFeed(string service, RecordedEvent e) => new(
        "1.0", e.Position.ToString(), e.Type, $"urn:hdms:{service}", e.StreamId.ToString(), e.OccurredAt, "application/json",
        JsonSerializer.SerializeToElement(e.Data), e.StreamVersion!.Value, e.CorrelationId, e.CausationId, e.ActorId);

    sealed class Row
    {
        public long Position { get; init; }
        public int Epoch { get; init; }
        public Guid Stream_Id { get; init; }
        public long? Stream_Version { get; init; }
        public string Type { get; init; } = "";
        public string Data { get; init; } = "";
        public Guid? Person_Id { get; init; }
        public byte[]? Sealed { get; init; }
        public string Audit { get; init; } = "";
        public Guid? Actor_Id { get; init; }
        public string? Correlation_Id { get; init; }
        public string? Causation_Id { get; init; }
        public DateTimeOffset Occurred_At { get; init; }
    }
}
