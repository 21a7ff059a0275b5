using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <param name="Message">As typed; Markdown's plain parts are shown as such.</param>
/// <param name="Mentions">People who are to be told of it; participants of the ticket, 20 at most.</param>
public sealed record PostMessageRequest(
    [property: StringLength(10_000, MinimumLength = 1)] string Message, [property: MaxLength(20)] IReadOnlyList<Guid>? Mentions = null);

/// <summary>The message as it is to be; mentions that are absent stay.</summary>
public sealed record EditMessageRequest(
    [property: StringLength(10_000, MinimumLength = 1)] string Message, [property: MaxLength(20)] IReadOnlyList<Guid>? Mentions = null, long? Version = null);

/// <param name="MessageId">The last message that was read; those before it count as read, too.</param>
public sealed record ReadMessagesRequest(Guid MessageId);

/// <summary>A message as it is shown. One that was deleted keeps its place, without its text.</summary>
/// <param name="SessionNo">A reopened ticket begins a new session; the older ones are read-only.</param>
/// <param name="Number">Its place in the ticket's chat, from 1.</param>
/// <param name="Sender">Null names for somebody who was anonymised.</param>
/// <param name="Message">As typed: to be escaped wherever it is shown.</param>
/// <param name="Html">The same as HTML, in which nothing that was typed is markup but Markdown's plain parts.</param>
/// <param name="IsSystem">Came of an action on the ticket, as a moderator's question.</param>
public sealed record MessageView(
    Guid Id,
    Guid TicketId,
    int SessionNo,
    int Number,
    PersonRef Sender,
    string? Message,
    string? Html,
    IReadOnlyList<Guid> Mentions,
    bool IsSystem,
    DateTimeOffset? EditedAt,
    bool IsDeleted,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>What somebody has not read yet of a ticket's chat.</summary>
/// <param name="Unread">Others' messages that they see, after the last that they have read; 1000 at most.</param>
public sealed record UnreadMessages(Guid TicketId, string? TicketNumber, string TicketTitle, int Unread, Guid? LastReadMessageId);

/// <summary>A message after the event (DOMAIN.md section 2, ChatMessage).</summary>
public abstract record MessageState
{
    public Guid Id { get; init; }

    public Guid TicketId { get; init; }

    /// <summary>The ticket's generation in which it was written.</summary>
    public int SessionNo { get; init; }

    /// <summary>Its place in the ticket's chat, from 1.</summary>
    public int Number { get; init; }

    public Guid SenderId { get; init; }

    public string Message { get; init; } = "";

    public IReadOnlyList<Guid> Mentions { get; init; } = [];

    public bool IsSystem { get; init; }

    public DateTimeOffset? EditedAt { get; init; }

    public Guid? DeletedBy { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("message.posted.v1")]
public sealed record MessagePosted : MessageState;

[EventType("message.edited.v1")]
public sealed record MessageEdited : MessageState
{
    /// <summary>Those who were not mentioned before.</summary>
    public IReadOnlyList<Guid> NewMentions { get; init; } = [];
}

/// <summary>Nobody is shown its text any longer; the log keeps it.</summary>
[EventType("message.deleted.v1")]
public sealed record MessageDeleted : MessageState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("message.imported.v1")]
public sealed record MessageImported : MessageState;

/// <summary>A ticket's chat after the event: what the communication service has heard of the ticket.</summary>
public abstract record RoomState
{
    /// <summary>The ticket's.</summary>
    public Guid Id { get; init; }

    public string? Number { get; init; }

    public string Title { get; init; } = "";

    public TicketStatus Status { get; init; }

    public Priority Priority { get; init; }

    /// <summary>The session to which new messages belong.</summary>
    public int Generation { get; init; } = 1;

    public int ProgressPercent { get; init; }

    public Guid RequesterId { get; init; }

    public Guid? DepartmentId { get; init; }

    public Guid? AssigneeId { get; init; }

    public Guid? ClaimedBy { get; init; }

    public IReadOnlyList<Guid> Approvers { get; init; } = [];

    public IReadOnlyList<Guid> SubTicketHeads { get; init; } = [];

    /// <summary>Place in the tickets service's log up to which it was heard.</summary>
    public int HeardEpoch { get; init; }

    public long HeardPosition { get; init; }

    /// <summary>The ticket's version there.</summary>
    public long TicketVersion { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether it takes messages.</summary>
    [JsonIgnore]
    public bool IsOpen => !IsDeleted && Status is not (TicketStatus.Draft or TicketStatus.Rejected or TicketStatus.Closed);
}

/// <summary>Something happened with the ticket.</summary>
[EventType("room.changed.v1")]
public sealed record RoomChanged : RoomState
{
    /// <summary>The type of the tickets service's event, as <c>ticket.assigned.v1</c>.</summary>
    public string Change { get; init; } = "";
}

[EventType("room.imported.v1")]
public sealed record RoomImported : RoomState;

/// <summary>An admin has read a chat of which they are no part; recorded for the audit.</summary>
[EventType("chat.read_by_admin.v1")]
public sealed record ChatReadByAdmin(Guid TicketId);
