using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Secrets;
using Npgsql;
using NpgsqlTypes;

namespace Hdms.Kit.Events;

/// <summary>
/// Appends to a service's log. Positions are given in commit order and without gaps: the last thing before COMMIT is a
/// transaction-level advisory lock, then <c>max(position) + 1</c>; the lock is released only when the commit is visible, so no
/// reader ever sees a later position before an earlier one (docs/decisions/0004-positions.md).
/// </summary>
public sealed class EventLog(string service, PersonKeys keys, TimeProvider clock)
{
    /// <summary>Key of the advisory lock that appenders take last.</summary>
    internal long LockKey { get; } = BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"hdms:{service}_events")));

    /// <summary>Type of the record of a refused attempt.</summary>
    public const string Refused = "attempt.refused.v1";

    public string Service { get; } = service;

    public PersonKeys Keys { get; } = keys;

    /// <summary>Is told of each stream to which a unit of work of this process has appended, after its commit and before its answer.</summary>
    internal Action<Guid>? Committed { get; set; }

    internal void Tell(IReadOnlyList<PendingEvent> committed)
    {
        foreach (var e in committed)
        {
            Committed?.Invoke(e.StreamId);
        }
    }

    internal async Task<PendingEvent> PrepareAsync(
        NpgsqlConnection connection, EventStream stream, long? version, object @event, Audit audit, Caller by, CancellationToken ct)
    {
        var shape = EventShape.Of(@event.GetType());
        var (open, personal) = shape.Split(@event);
        var envelope = Envelope(audit, by);
        byte[]? box = null;
        if (stream.Person is { } person)
        {
            var key = await Keys.GetOrMakeAsync(connection, person, ct);
            var plain = new JsonObject { ["data"] = personal, ["audit"] = envelope }.ToJsonString();
            box = SecretBox.Seal(key, Encoding.UTF8.GetBytes(plain), Context(stream.Id, shape.Name));
            envelope = [];
        }
        else if (personal.Any(p => p.Value is not null))
        {
            throw new InvalidOperationException($"{shape.Name} carries personal data, but its stream names no person.");
        }

        return new PendingEvent(stream.Id, version, shape.Name, open, stream.Person, box, envelope.ToJsonString());
    }

    /// <summary>The whole state of things that came without events and are of no person, in the order of <paramref name="streams"/>.</summary>
    internal static IReadOnlyList<PendingEvent> Imported(IEnumerable<EventStream> streams, Caller by)
    {
        var envelope = Envelope(Audit.None, by).ToJsonString();
        return [.. streams.Select(stream =>
        {
            var whole = stream.Imported!();
            var shape = EventShape.Of(whole.GetType());
            var (open, personal) = shape.Split(whole);
            return stream.Person is null && !personal.Any(p => p.Value is not null)
                ? new PendingEvent(stream.Id, stream.Version, shape.Name, open, null, null, envelope)
                : throw new InvalidOperationException($"{shape.Name} is of a person, whose key it has to be written under.");
        })];
    }

    /// <summary>
    /// Appends many events at once, each by itself the same as <see cref="Append"/> writes it. In a transaction that waits for nothing
    /// afterwards: other appenders wait until it ends.
    /// </summary>
    internal async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<PendingEvent> events, Caller by, CancellationToken ct)
    {
        var (position, epoch) = await LastAsync(connection, ct);
        var now = clock.GetUtcNow();
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY {Service}_events (position, epoch, stream_id, stream_version, type, data, audit, actor_id, correlation_id, causation_id, occurred_at) FROM STDIN (FORMAT binary)", ct);
        foreach (var e in events)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(++position, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(epoch, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(e.StreamId, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(e.Version, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(e.Type, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(e.Data, NpgsqlDbType.Jsonb, ct);
            await copy.WriteAsync(e.Audit, NpgsqlDbType.Jsonb, ct);
            await copy.WriteAsync(by.UserId, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(by.CorrelationId, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(by.CausationId, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, ct);
        }

        await copy.CompleteAsync(ct);
    }

    /// <summary>Takes the appenders' lock, and says where they are.</summary>
    internal async Task<(long Position, int Epoch)> LastAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Two statements, so that the second one's snapshot is taken after the lock was granted (READ COMMITTED).
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } },
                new NpgsqlBatchCommand($"SELECT (SELECT coalesce(max(position), 0) FROM {Service}_events), (SELECT coalesce(max(epoch), 1) FROM {Service}_log)"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetInt32(1));
    }

    internal static JsonObject Envelope(Audit audit, Caller by) => JsonSerializer.SerializeToNode(
        new { by.Address, by.Service, by.ServiceAccountId, by.SessionId, audit.Before, audit.After, audit.Reason }, Json.Tolerant)!.AsObject();

    /// <summary>The statements that append, to be sent in one batch with COMMIT: the lock is held for one flush, not for a round trip.</summary>
    internal IEnumerable<NpgsqlBatchCommand> Append(IReadOnlyList<PendingEvent> events, Caller by)
    {
        yield return new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1)") { Parameters = { new() { Value = LockKey } } };

        // A separate statement, so that its snapshot is taken after the lock was granted (READ COMMITTED).
        yield return new NpgsqlBatchCommand(
            $"""
            INSERT INTO {Service}_events (position, epoch, stream_id, stream_version, type, data, person_id, sealed, audit,
                                          actor_id, correlation_id, causation_id, occurred_at)
            SELECT last.position + row_number() OVER (ORDER BY e.ordinal), log.epoch,
                   e.stream_id, e.stream_version, e.type, e.data::jsonb, e.person_id, e.sealed, e.audit::jsonb, $9, $10, $11, $12
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
                   AS e (stream_id, stream_version, type, data, person_id, sealed, audit, if_missing, ordinal)
            CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM {Service}_events) AS last
            CROSS JOIN (SELECT coalesce(max(epoch), 1) AS epoch FROM {Service}_log) AS log
            WHERE NOT e.if_missing OR NOT EXISTS (
                SELECT FROM {Service}_events AS x WHERE x.stream_id = e.stream_id AND x.stream_version = e.stream_version)
            RETURNING epoch, position
            """)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Uuid, events.Select(e => e.StreamId)),
                Array(NpgsqlDbType.Bigint, events.Select(e => e.Version)),
                Array(NpgsqlDbType.Text, events.Select(e => e.Type)),
                Array(NpgsqlDbType.Text, events.Select(e => e.Data)),
                Array(NpgsqlDbType.Uuid, events.Select(e => e.Person)),
                Array(NpgsqlDbType.Bytea, events.Select(e => e.Sealed)),
                Array(NpgsqlDbType.Text, events.Select(e => e.Audit)),
                Array(NpgsqlDbType.Boolean, events.Select(e => e.IfMissing)),
                new() { Value = (object?)by.UserId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (object?)by.CorrelationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)by.CausationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = clock.GetUtcNow(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
    }

    /// <summary>What an encrypted part belongs to; a part copied to another stream or type does not open.</summary>
    internal static byte[] Context(Guid stream, string type) => Encoding.UTF8.GetBytes($"{stream:N}:{type}");

    static NpgsqlParameter Array<T>(NpgsqlDbType element, IEnumerable<T> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | element };
}

sealed record PendingEvent(Guid StreamId, long? Version, string Type, string Data, Guid? Person, byte[]? Sealed, string Audit)
{
    /// <summary>Left out when the stream has an event of that version already.</summary>
    public bool IfMissing { get; init; }
}
