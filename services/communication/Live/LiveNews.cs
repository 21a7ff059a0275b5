using System.Text;
using System.Text.Json;
using Hdms.Communication.Chat;
using Hdms.Communication.Notifications;
using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Events;

namespace Hdms.Communication.Live;

/// <summary>Who gets a piece of news.</summary>
enum Audience
{
    /// <summary>Every stream: it says nothing of anything.</summary>
    Everybody,

    /// <summary>Who sees the chat at that point.</summary>
    Chat,

    /// <summary>Who sees the ticket.</summary>
    Ticket,

    /// <summary>One person alone.</summary>
    Person,

    /// <summary>Who sees the chat, and the one person.</summary>
    ChatAndPerson,
}

/// <summary>A piece of the log as live streams give it: written once, sent to many.</summary>
/// <param name="Frame">The server-sent event.</param>
/// <param name="WrittenAt">By which is seen whether somebody's part of the history has it.</param>
sealed record LiveNews(LogPosition Position, byte[] Frame, Audience Audience, Guid TicketId, Guid? Person, DateTimeOffset WrittenAt)
{
    /// <summary>Of the ticket; its head sees how it goes.</summary>
    public Guid? Department { get; init; }

    /// <summary>Whose part in the ticket begins, ends or becomes another one by it.</summary>
    public ParticipantState? Membership { get; init; }

    /// <summary>Everybody who takes part, and from when on they see: where it may not be known any more.</summary>
    public IReadOnlyDictionary<Guid, DateTimeOffset>? Everybody { get; init; }

    /// <summary>Null for what nobody is told.</summary>
    public static LiveNews? Of(RecordedEvent e, Names names) => e.Type switch
    {
        "message.posted.v1" => Message(e, LiveTypes.MessagePosted, names),
        "message.edited.v1" => Message(e, LiveTypes.MessageEdited, names),
        "message.deleted.v1" => Message(e, LiveTypes.MessageDeleted, names),
        "participant.joined.v1" or "participant.restored.v1" => Part(e, LiveTypes.ParticipantJoined, Audience.ChatAndPerson),
        "participant.left.v1" => Part(e, LiveTypes.ParticipantLeft, Audience.ChatAndPerson),
        "participant.changed.v1" => Part(e, LiveTypes.ParticipantChanged, Audience.Chat),
        "participant.read.v1" => Part(e, LiveTypes.MessagesRead, Audience.Chat),
        "room.changed.v1" => Ticket(e),
        "notification.created.v1" or "notification.updated.v1" => Told(e, LiveTypes.Notification, names),
        "notification.read.v1" => Told(e, LiveTypes.NotificationRead, names),
        _ => null,
    };

    /// <summary>Those whose names it needs.</summary>
    public static IEnumerable<Guid> PeopleIn(RecordedEvent e) =>
        new[] { (Guid?)e.Data["sender_id"], (Guid?)e.Data["metadata"]?["actor_id"] }.OfType<Guid>();

    static LiveNews Message(RecordedEvent e, string type, Names names)
    {
        var message = Read<MessagePosted>(e);
        return new LiveNews(
            e.Position, FrameOf(e.Position, type, message.TicketId, e.OccurredAt, MessageViewing.View(message, e.StreamVersion!.Value, names)),
            Audience.Chat, message.TicketId, null, message.CreatedAt);
    }

    static LiveNews Part(RecordedEvent e, string type, Audience audience)
    {
        var part = Read<ParticipantChanged>(e);
        var data = new ParticipantChange(part.UserId, part.RoleInTicket, part.LastReadMessageId);
        return new LiveNews(e.Position, FrameOf(e.Position, type, part.TicketId, e.OccurredAt, data), audience, part.TicketId, part.UserId, e.OccurredAt) { Membership = part };
    }

    static LiveNews Ticket(RecordedEvent e)
    {
        var room = Read<RoomChanged>(e);
        var data = new TicketChange(
            room.Number, room.Title, room.Status, room.Priority, room.ProgressPercent, room.Generation, room.DepartmentId, room.AssigneeId, room.Change, room.TicketVersion);
        return new LiveNews(e.Position, FrameOf(e.Position, LiveTypes.TicketChanged, room.Id, e.OccurredAt, data), Audience.Ticket, room.Id, null, e.OccurredAt)
        {
            Department = room.DepartmentId,
        };
    }

    static LiveNews? Told(RecordedEvent e, string type, Names names)
    {
        var told = Read<NotificationCreated>(e);
        return told.IsQuiet
            ? null
            : new LiveNews(
                e.Position, FrameOf(e.Position, type, told.TicketId, e.OccurredAt, ListNotifications.View(told, e.StreamVersion!.Value, names)),
                Audience.Person, told.TicketId ?? Guid.Empty, told.UserId, e.OccurredAt);
    }

    /// <summary>What has no place in the log, and is gone when it is missed.</summary>
    public static LiveNews Passing<T>(string type, Guid ticket, DateTimeOffset at, T data) =>
        new(LogPosition.Start, FrameOf(null, type, ticket, at, data), Audience.Chat, ticket, null, at);

    /// <summary>As server-sent events are written: JSON has no line breaks.</summary>
    public static byte[] FrameOf<T>(LogPosition? position, string type, Guid? ticket, DateTimeOffset at, T data)
    {
        var json = JsonSerializer.Serialize(new LiveEvent<T>(position?.ToString(), type, ticket, at, data), Json.Tolerant);
        return Encoding.UTF8.GetBytes($"{(position is { } id ? $"id: {id}\n" : "")}event: {type}\ndata: {json}\n\n");
    }

    /// <summary>Tells the place without anything else: an id alone is no event (HTML standard, 9.2.6).</summary>
    public static byte[] PlaceOf(LogPosition position) => Encoding.UTF8.GetBytes($"id: {position}\n\n");

    /// <summary>With the place that was reached, so that who comes again has little to be told.</summary>
    public static LiveNews Heartbeat(LogPosition reached) => new(reached, PlaceOf(reached), Audience.Everybody, Guid.Empty, null, default);

    static T Read<T>(RecordedEvent e) => e.Data.Deserialize<T>(Json.Tolerant)!;
}
