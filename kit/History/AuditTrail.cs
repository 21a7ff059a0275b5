using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Hdms.Kit.History;

/// <summary>What of the log is asked for; what is absent is not asked for.</summary>
public sealed record AuditQuery(
    [property: FromQuery(Name = "actor_id")] Guid? ActorId = null,
    [property: FromQuery(Name = "subject_id"), Description("The thing that it happened to")] Guid? SubjectId = null,
    [property: FromQuery(Name = "type"), Description("A type of event, such as user.changed.v1; attempt.refused.v1 for refused attempts")] string? Type = null,
    [property: FromQuery(Name = "from"), Description("From this time on")] DateTimeOffset? From = null,
    [property: FromQuery(Name = "to"), Description("Before this time")] DateTimeOffset? To = null);

/// <summary>What only the service knows of its log.</summary>
/// <param name="Names">The names of people as they are now; who has none is left out.</param>
public sealed record AuditShow(Func<NpgsqlConnection, IReadOnlyCollection<Guid>, CancellationToken, Task<IReadOnlyDictionary<Guid, string>>> Names)
{
    /// <summary>Takes away what is not for those who read the audit.</summary>
    public Func<JsonNode, JsonNode> Masked { get; init; } = static node => node;
}

/// <summary>Reads the service's log as its audit, newest first, refused attempts among it.</summary>
public sealed class AuditTrail(ServiceDatabase database, EventReader events, AuditShow show)
{
    /// <param name="withAddresses">Whether the reader may know from where people came.</param>
    /// <exception cref="Refusal">422, or 400 when the cursor is not one of this list.</exception>
    public async Task<CursorListing<AuditEntry>> ReadAsync(AuditQuery query, CursorQuery page, CancellationToken ct, bool withAddresses = true)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(page);
        var check = new Checks();
        var after = page.Check(check);
        check.Done();
        long? before = null;
        if (after is not null)
        {
            before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : throw CursorQuery.NotOurs();
        }

        return await database.ReadAsync(async connection =>
        {
            var found = await events.QueryAsync(
                connection,
                $"""
                SELECT * FROM {database.Service}_events
                WHERE (@before::bigint IS NULL OR position < @before)
                  AND (@SubjectId::uuid IS NULL OR stream_id = @SubjectId)
                  AND (@ActorId::uuid IS NULL OR actor_id = @ActorId)
                  AND (@Type::text IS NULL OR type = @Type)
                  AND (@From::timestamptz IS NULL OR occurred_at >= @From)
                  AND (@To::timestamptz IS NULL OR occurred_at < @To)
                ORDER BY position DESC
                LIMIT @take
                """,
                new { before, query.SubjectId, query.ActorId, query.Type, From = query.From?.ToUniversalTime(), To = query.To?.ToUniversalTime(), take = page.Take() },
                ct);
            var names = await show.Names(connection, found.Where(e => e.ActorId is not null).Select(e => e.ActorId!.Value).ToHashSet(), ct);
            return new CursorListing<AuditEntry>(
                page, [.. found.Select(e => Show(e, names, withAddresses))], e => e.Id[(e.Id.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        }, ct);
    }

    AuditEntry Show(RecordedEvent e, IReadOnlyDictionary<Guid, string> names, bool withAddresses) => new(
        e.Position.ToString(),
        e.StreamId,
        e.StreamVersion,
        e.Type,
        e.Type == EventLog.Refused ? AuditOutcome.Denied : AuditOutcome.Done,
        e.OccurredAt,
        e.ActorId,
        e.ActorId is { } actor ? names.GetValueOrDefault(actor) : null,
        (string?)e.Audit["service"],
        (Guid?)e.Audit["service_account_id"],
        withAddresses ? (string?)e.Audit["address"] : null,
        e.CorrelationId,
        (string?)e.Audit["reason"],
        Element(e.Audit["before"]),
        Element(e.Audit["after"]),
        JsonSerializer.SerializeToElement(show.Masked(e.Data)),
        e.Erased);

    JsonElement? Element(JsonNode? node) => node is null ? null : JsonSerializer.SerializeToElement(show.Masked(node));
}
