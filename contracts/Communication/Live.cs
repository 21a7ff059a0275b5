using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>What a live stream gives, as the <c>data</c> of a server-sent event whose name is <see cref="Type"/>.</summary>
/// <param name="Id">Place in the communication service's log, to be sent as <c>Last-Event-ID</c>; null for what is gone when it is missed.</param>
public sealed record LiveEvent<T>(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id, string Type, Guid? TicketId, DateTimeOffset At, T Data);

/// <summary>Names of the events of a live stream.</summary>
public static class LiveTypes
{
    public const string MessagePosted = "message.posted";
    public const string MessageEdited = "message.edited";
    public const string MessageDeleted = "message.deleted";
    public const string ParticipantJoined = "participant.joined";
    public const string ParticipantLeft = "participant.left";
    public const string ParticipantChanged = "participant.changed";

    /// <summary>Somebody has read further.</summary>
    public const string MessagesRead = "messages.read";
    public const string TicketChanged = "ticket.changed";
    public const string Notification = "notification";
    public const string NotificationRead = "notification.read";
    public const string Presence = "presence";

    /// <summary>What was missed can't be given any more: read everything anew, and go on from here.</summary>
    public const string Reset = "reset";
}

/// <summary>How a ticket is after a change; the whole of it is read from the tickets service.</summary>
/// <param name="Change">The type of the tickets service's event.</param>
/// <param name="Version">The ticket's version.</param>
public sealed record TicketChange(
    string? Number, string Title, TicketStatus Status, Priority Priority, int ProgressPercent, int Generation, Guid? DepartmentId, Guid? AssigneeId, string Change, long Version);

/// <summary>Who joined, left or has read on.</summary>
public sealed record ParticipantChange(Guid UserId, RoleInTicket Role, Guid? LastReadMessageId);

public enum PresenceState
{
    Looking,
    Typing,
    Gone,
}

/// <param name="State">Holds for 30 seconds, unless it is said again; <see cref="PresenceState.Gone"/> ends it.</param>
public sealed record SayPresenceRequest(PresenceState State);

/// <param name="Until">When it is over by itself.</param>
/// <param name="Person">Whose id it is, also of one who takes no part in the ticket.</param>
public sealed record PresenceView(Guid UserId, PresenceState State, DateTimeOffset Until, PersonRef? Person = null);

/// <summary>Who looks at one of the tickets, as <c>GET /live/presence</c> tells of all of them.</summary>
public sealed record TicketPresenceView(Guid TicketId, IReadOnlyList<PresenceView> There);
