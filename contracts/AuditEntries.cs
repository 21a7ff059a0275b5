using System.Text.Json;

namespace Hdms.Contracts;

public enum AuditOutcome
{
    Done,

    /// <summary>Somebody tried what they may not do; nothing was changed.</summary>
    Denied,
}

/// <summary>Who did what to which thing, when, from where, and what it was before and after.</summary>
/// <param name="Id">Place in the service's log: <c>&lt;epoch&gt;.&lt;position&gt;</c>.</param>
/// <param name="Version">The thing's version after it; null when it was refused.</param>
/// <param name="ActorName">As it is now; null for the system, services and service accounts.</param>
/// <param name="Before">The changed members as they were, by name.</param>
/// <param name="Data">What happened, as the event tells it.</param>
/// <param name="Erased">What was personal in it is gone, since the person was anonymised.</param>
public sealed record AuditEntry(
    string Id,
    Guid SubjectId,
    long? Version,
    string Type,
    AuditOutcome Outcome,
    DateTimeOffset At,
    Guid? ActorId,
    string? ActorName,
    string? Service,
    Guid? ServiceAccountId,
    string? Address,
    string? CorrelationId,
    string? Reason,
    JsonElement? Before,
    JsonElement? After,
    JsonElement Data,
    bool Erased);
