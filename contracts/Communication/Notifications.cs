using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>What people are told of (DOMAIN.md section 2).</summary>
public enum NotificationType
{
    TicketCreated,
    TicketAssigned,
    TicketStatusChanged,
    TicketMentioned,
    ApprovalRequested,
    ApprovalDecision,
    TicketPostponed,
    TicketReminder,
    AutoCloseReminder,
    TicketReopened,
    SubticketCreated,
    SubticketStatusChanged,
    MessageReceived,
}

public enum NotificationChannel
{
    /// <summary>The list, and the live stream.</summary>
    InApp,
    Email,
    Push,
}

public enum NotificationMode
{
    Instant,

    /// <summary>In the list, without being pushed.</summary>
    Digest,
    Off,
}

/// <summary>What a notification is about, for whoever shows it.</summary>
/// <param name="Cause">The type of the event, or the kind of the reminder.</param>
/// <param name="ActorId">Who did it; null for the system.</param>
public sealed record NotificationFacts(
    string Cause,
    Guid? ActorId = null,
    string? Number = null,
    TicketStatus? Status = null,
    int? ProgressPercent = null,
    Guid? MessageId = null,
    Guid? SubTicketId = null,
    Guid? ApprovalId = null,
    DateTimeOffset? DueAt = null);

public sealed record NotificationView(
    Guid Id,
    NotificationType Type,
    Guid? TicketId,
    string Title,
    string Message,
    PersonRef? Actor,
    NotificationFacts Metadata,
    bool IsRead,
    DateTimeOffset? ReadAt,
    DateTimeOffset CreatedAt,
    long Version);

/// <param name="Unread">1000 at most.</param>
/// <param name="IsCapped">There are more than that.</param>
public sealed record UnreadCount(int Unread, bool IsCapped);

/// <summary>Of one type and channel; what was never said is <see cref="NotificationMode.Instant"/>.</summary>
public sealed record NotificationPreference(NotificationType Type, NotificationChannel Channel, NotificationMode Mode);

/// <param name="Preferences">Those that are to be other than they are; the others stay.</param>
public sealed record ChangePreferencesRequest([property: MinLength(1), MaxLength(39)] IReadOnlyList<NotificationPreference> Preferences);

/// <summary>A notification after the event (DOMAIN.md section 2, Notification).</summary>
public abstract record NotificationState
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public Guid? TicketId { get; init; }

    public NotificationType Type { get; init; }

    public string Title { get; init; } = "";

    public string Message { get; init; } = "";

    public NotificationFacts Metadata { get; init; } = new("");

    public bool IsRead { get; init; }

    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>Kept in the list only, since its owner wants no pushing.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Of one person there is one for each.</summary>
    public string DedupKey { get; init; } = "";

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("notification.created.v1")]
public sealed record NotificationCreated : NotificationState;

/// <summary>Says more than it did, instead of a second one.</summary>
[EventType("notification.updated.v1")]
public sealed record NotificationUpdated : NotificationState;

[EventType("notification.read.v1")]
public sealed record NotificationRead : NotificationState;

[EventType("notification.imported.v1")]
public sealed record NotificationImported : NotificationState;

/// <summary>What somebody wants to be told of, by which way, after the event.</summary>
public abstract record PreferenceState
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public NotificationType Type { get; init; }

    public NotificationChannel Channel { get; init; }

    public NotificationMode Mode { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("notification_preference.changed.v1")]
public sealed record PreferenceChanged : PreferenceState;

[EventType("notification_preference.imported.v1")]
public sealed record PreferenceImported : PreferenceState;
