using System.Collections.Frozen;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Kit.Feeds;

/// <summary>
/// Events that a reader could not carry out. A parked event holds back the later ones of its own stream, not of others
/// (DESIGN section 12a); it is tried again, later and later, and <c>hdms doctor</c> shows it.
/// </summary>
sealed class ParkedEvents(string service, string reader)
{
    string Table => $"{service}_parked";

    /// <summary>The streams of these events of which an earlier event is parked.</summary>
    public async Task<IReadOnlySet<Guid>> AmongAsync(UnitOfWork work, IReadOnlyList<FeedEvent> events) => events.Count == 0
        ? FrozenSet<Guid>.Empty
        : (await work.QueryAsync<Guid>(
            $"SELECT DISTINCT stream_id FROM {Table} WHERE reader = @reader AND stream_id = ANY(@streams)",
            new { reader, streams = events.Select(e => e.Stream).Distinct().ToArray() })).ToHashSet();

    /// <summary>Parks an event; behind another of its stream when <paramref name="error"/> is null.</summary>
    public Task ParkAsync(UnitOfWork work, FeedEvent e, string? error)
    {
        var at = e.At;
        return work.ExecuteAsync(
            $"""
            INSERT INTO {Table} (reader, epoch, position, stream_id, event, error, attempts, next_at)
            VALUES (@reader, @Epoch, @Position, @stream, @json::jsonb, @error, @attempts, @next)
            ON CONFLICT (reader, epoch, position) DO UPDATE SET
                error = excluded.error, attempts = {Table}.attempts + 1, next_at = now() + least(interval '1 hour', interval '5 s' * 2 ^ least({Table}.attempts, 10))
            """,
            new
            {
                reader,
                at.Epoch,
                at.Position,
                stream = e.Stream,
                json = JsonSerializer.Serialize(e, Json.Tolerant),
                error = error ?? "waits behind an earlier event of its stream",
                attempts = error is null ? 0 : 1,
                next = work.Now + TimeSpan.FromSeconds(5),
            });
    }

    /// <summary>It failed again. Whoever has carried it out meanwhile has taken it out, and then nothing is put back.</summary>
    public Task PutOffAsync(UnitOfWork work, FeedEvent e, string error)
    {
        var at = e.At;
        return work.ExecuteAsync(
            $"""
            UPDATE {Table} SET error = @error, attempts = attempts + 1, next_at = now() + least(interval '1 hour', interval '5 s' * 2 ^ least(attempts, 10))
            WHERE reader = @reader AND epoch = @Epoch AND position = @Position
            """,
            new { reader, at.Epoch, at.Position, error });
    }

    /// <summary>The first parked event of each stream whose time has come.</summary>
    public async Task<IReadOnlyList<FeedEvent>> DueAsync(ServiceDatabase database, CancellationToken ct)
    {
        var rows = await database.ReadAsync(c => c.QueryAsync<string>(new CommandDefinition(
            $"""
            SELECT event::text FROM {Table} AS p
            WHERE reader = @reader AND (next_at <= now() OR attempts = 0)
              AND NOT EXISTS (SELECT FROM {Table} AS before WHERE before.reader = p.reader AND before.stream_id = p.stream_id
                                AND (before.epoch, before.position) < (p.epoch, p.position))
            ORDER BY epoch, position LIMIT 100
            """,
            new { reader },
            cancellationToken: ct)), ct);
        return [.. rows.Select(r => JsonSerializer.Deserialize<FeedEvent>(r, Json.Tolerant)!)];
    }

    /// <summary>Takes an event out, because it is about to be carried out in this transaction; false when another process did.</summary>
    public async Task<bool> TakeAsync(UnitOfWork work, FeedEvent e)
    {
        var at = e.At;
        return await work.ExecuteAsync(
            $"DELETE FROM {Table} WHERE reader = @reader AND epoch = @Epoch AND position = @Position", new { reader, at.Epoch, at.Position }) == 1;
    }
}
