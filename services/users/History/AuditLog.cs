using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;

namespace Hdms.Users.History;

/// <summary>What of the log is asked for; what is null is not asked for.</summary>
sealed record AuditFilter
{
    public Guid? SubjectId { get; init; }
    public Guid? ActorId { get; init; }
    public string? Type { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <summary>Reads the service's log as its audit, newest first.</summary>
static class AuditLog
{
    /// <summary>What happened to one row of <paramref name="table"/>, deleted or not; 404 when there is none.</summary>
    /// <param name="what">What the row is called.</param>
    public static async Task<CursorListing<AuditEntry>> ReadOfAsync(
        string table, string what, Guid id, CursorQuery page, Caller caller, ServiceDatabase db, EventReader events, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.ReadAudit);
        var there = await db.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT EXISTS (SELECT FROM {Sql.Name(table)} WHERE id = @id)", new { id }, cancellationToken: ct)), ct);
        return there ? await ReadAsync(new AuditFilter { SubjectId = id }, page, db, events, ct) : throw Refusal.NotFound(what);
    }

    public static async Task<CursorListing<AuditEntry>> ReadAsync(
        AuditFilter filter, CursorQuery page, ServiceDatabase db, EventReader events, CancellationToken ct)
    {
        var check = new Checks();
        var after = page.Check(check);
        check.Done();
        long? before = null;
        if (after is not null)
        {
            before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : throw CursorQuery.NotOurs();
        }

        return await db.ReadAsync(async connection =>
        {
            var found = await events.QueryAsync(
                connection,
                """
                SELECT * FROM users_events
                WHERE (@before::bigint IS NULL OR position < @before)
                  AND (@SubjectId::uuid IS NULL OR stream_id = @SubjectId)
                  AND (@ActorId::uuid IS NULL OR actor_id = @ActorId)
                  AND (@Type::text IS NULL OR type = @Type)
                  AND (@From::timestamptz IS NULL OR occurred_at >= @From)
                  AND (@To::timestamptz IS NULL OR occurred_at < @To)
                ORDER BY position DESC
                LIMIT @take
                """,
                new { before, filter.SubjectId, filter.ActorId, filter.Type, filter.From, filter.To, take = page.Take() },
                ct);
            var actors = await UserTable.SummariesAsync(connection, found.Where(e => e.ActorId is not null).Select(e => e.ActorId!.Value), ct);
            return new CursorListing<AuditEntry>(
                page, [.. found.Select(e => Show(e, actors))], e => e.Id[(e.Id.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        }, ct);
    }

    static AuditEntry Show(RecordedEvent e, IReadOnlyDictionary<Guid, UserSummary> actors)
    {
        var actor = e.ActorId is { } id ? actors.GetValueOrDefault(id) : null;
        return new AuditEntry(
            e.Position.ToString(),
            e.StreamId,
            e.StreamVersion,
            e.Type,
            e.Type == EventLog.Refused ? AuditOutcome.Denied : AuditOutcome.Done,
            e.OccurredAt,
            e.ActorId,
            actor is null ? null : $"{actor.FirstName} {actor.LastName}".Trim(),
            (string?)e.Audit["service"],
            (Guid?)e.Audit["service_account_id"],
            (string?)e.Audit["address"],
            e.CorrelationId,
            (string?)e.Audit["reason"],
            Element(e.Audit["before"]),
            Element(e.Audit["after"]),
            JsonSerializer.SerializeToElement(WithoutNationalId(e.Data)),
            e.Erased);
    }

    static JsonElement? Element(JsonNode? node) => node is null ? null : JsonSerializer.SerializeToElement(WithoutNationalId(node));

    /// <summary>The audit tells that a national id was changed; the whole number is shown on the person's own page alone.</summary>
    static JsonNode WithoutNationalId(JsonNode node)
    {
        if (node is JsonObject members && members["cnic"] is JsonValue cnic && cnic.TryGetValue<string>(out var text))
        {
            members["cnic"] = Sights.Masked(text);
        }

        return node;
    }
}
