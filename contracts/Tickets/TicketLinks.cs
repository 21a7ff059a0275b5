namespace Hdms.Contracts;

public enum LinkKind
{
    Relates,

    /// <summary>The first is a duplicate of the second.</summary>
    Duplicates,
}

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
