namespace Hdms.Contracts;

public enum LinkKind
{
    Relates,

    /// <summary>The first is a duplicate of the second.</summary>
    Duplicates,
}

/// <param name="ToId">The other ticket.</param>
public sealed record LinkTicketRequest(Guid ToId, LinkKind Kind = LinkKind.Relates);

/// <summary>A link as seen from one of its two tickets.</summary>
/// <param name="IsOutgoing">It goes from the ticket that was asked for to the other one.</param>
/// <param name="Other">The ticket at the other end.</param>
public sealed record TicketLinkView(Guid Id, LinkKind Kind, bool IsOutgoing, TicketRef Other, PersonRef? CreatedBy, DateTimeOffset CreatedAt, long Version);

/// <summary>A ticket, by what anybody who sees it may know.</summary>
public sealed record TicketRef(Guid Id, string? Number, string Title, TicketStatus Status);

/// <summary>A link from one ticket to another, after the event.</summary>
public abstract record TicketLinkState
{
    public Guid Id { get; init; }

    public Guid FromId { get; init; }

    public Guid ToId { get; init; }

    public LinkKind Kind { get; init; }

    public Guid? CreatedBy { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("ticket_link.added.v1")]
public sealed record TicketsLinked : TicketLinkState;

[EventType("ticket_link.removed.v1")]
public sealed record TicketsUnlinked : TicketLinkState;

[EventType("ticket_link.imported.v1")]
public sealed record TicketLinkImported : TicketLinkState;
