using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>What somebody is in a ticket; of several, the first of these.</summary>
public enum RoleInTicket
{
    Requester,

    /// <summary>The head who has the ticket.</summary>
    Assignee,
    Moderator,

    /// <summary>The head who has one of its sub-tickets.</summary>
    ChildAssignee,
    Approver,

    /// <summary>Added by a moderator.</summary>
    Watcher,
}

/// <param name="ShareHistoryFrom">From when on they see what was written; absent: from now on.</param>
public sealed record AddParticipantRequest(
    Guid UserId, DateTimeOffset? ShareHistoryFrom = null, [property: StringLength(2000)] string? Reason = null);

/// <summary>What is to be changed: members that are absent stay.</summary>
public sealed record ChangeParticipantRequest
{
    /// <summary>Whether they are told of messages; their own to say.</summary>
    public bool? Muted { get; init; }

    /// <summary>From when on they see what was written; a moderator's to say, and never later than now.</summary>
    public DateTimeOffset? ShareHistoryFrom { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <param name="VisibleFrom">What was written before is not shown to them.</param>
/// <param name="LastReadMessageId">Up to where they have read.</param>
public sealed record ParticipantView(
    PersonRef User,
    RoleInTicket Role,
    DateTimeOffset JoinedAt,
    DateTimeOffset VisibleFrom,
    Guid? AddedBy,
    bool Muted,
    Guid? LastReadMessageId,
    long Version);

/// <summary>A membership in a ticket's chat, from joining to leaving, after the event (DOMAIN.md section 2, TicketParticipant).</summary>
public abstract record ParticipantState
{
    public Guid Id { get; init; }

    public Guid TicketId { get; init; }

    public Guid UserId { get; init; }

    public RoleInTicket RoleInTicket { get; init; }

    /// <summary>What they were before the ticket made them what they are, at <see cref="RoleChangedAt"/>; for undoing that.</summary>
    public RoleInTicket? PreviousRole { get; init; }

    public DateTimeOffset? RoleChangedAt { get; init; }

    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>Null while they are a part of it.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    public DateTimeOffset VisibleFrom { get; init; }

    /// <summary>The moderator who added them; null when the ticket did.</summary>
    public Guid? AddedBy { get; init; }

    /// <summary>The moderator who removed them; null when the ticket did.</summary>
    public Guid? RemovedBy { get; init; }

    public bool Muted { get; init; }

    public Guid? LastReadMessageId { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("participant.joined.v1")]
public sealed record ParticipantJoined : ParticipantState;

[EventType("participant.left.v1")]
public sealed record ParticipantLeft : ParticipantState;

/// <summary>An action on the ticket was undone, and with it that they left: the membership goes on as it was.</summary>
[EventType("participant.restored.v1")]
public sealed record ParticipantRestored : ParticipantState;

/// <summary>Another role, muted or not, or with another part of the history.</summary>
[EventType("participant.changed.v1")]
public sealed record ParticipantChanged : ParticipantState;

/// <summary>Has read further.</summary>
[EventType("participant.read.v1")]
public sealed record ParticipantRead : ParticipantState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("participant.imported.v1")]
public sealed record ParticipantImported : ParticipantState;
