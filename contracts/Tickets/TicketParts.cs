namespace Hdms.Contracts;

public enum RequestKind
{
    SubTicket,
    Postpone,
    Reopen,
}

public enum RequestStatus
{
    Pending,
    Approved,
    Denied,
    Withdrawn,
}

/// <summary>A request to the moderators.</summary>
/// <param name="Title">What the sub-ticket is to be, as <paramref name="Description"/> and <paramref name="Department"/>.</param>
/// <param name="SubTicketId">The sub-ticket that came of it.</param>
/// <param name="AllowedActions">What the caller can do with it now.</param>
public sealed record TicketRequestView(
    Guid Id,
    Guid TicketId,
    string? TicketNumber,
    string TicketTitle,
    RequestKind Kind,
    PersonRef RequestedBy,
    string Reason,
    string? Title,
    string? Description,
    DepartmentRef? Department,
    RequestStatus Status,
    PersonRef? DecidedBy,
    DateTimeOffset? DecidedAt,
    string? DecisionReason,
    Guid? SubTicketId,
    IReadOnlyList<string> AllowedActions,
    DateTimeOffset CreatedAt,
    long Version);

/// <summary>What a head or a requester asks of the moderators about a ticket (DOMAIN.md section 2), after the event.</summary>
public abstract record TicketRequestState
{
    public Guid Id { get; init; }

    public Guid TicketId { get; init; }

    public RequestKind Kind { get; init; }

    public Guid RequestedBy { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>What the sub-ticket is to be, as the two that follow.</summary>
    public string? Title { get; init; }

    public string? Description { get; init; }

    public Guid? DepartmentId { get; init; }

    public RequestStatus Status { get; init; }

    public Guid? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? DecisionReason { get; init; }

    /// <summary>The sub-ticket that came of it.</summary>
    public Guid? SubTicketId { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("ticket_request.made.v1")]
public sealed record TicketRequestMade : TicketRequestState;

[EventType("ticket_request.approved.v1")]
public sealed record TicketRequestApproved : TicketRequestState;

[EventType("ticket_request.denied.v1")]
public sealed record TicketRequestDenied : TicketRequestState;

/// <summary>By whoever made it, or because the ticket ended.</summary>
[EventType("ticket_request.withdrawn.v1")]
public sealed record TicketRequestWithdrawn : TicketRequestState;

/// <summary>What had ended it was undone; it waits again.</summary>
[EventType("ticket_request.restored.v1")]
public sealed record TicketRequestRestored : TicketRequestState;

[EventType("ticket_request.imported.v1")]
public sealed record TicketRequestImported : TicketRequestState;

public enum ApprovalStatus
{
    Pending,
    Approved,
    Rejected,
    ChangesRequested,
    Cancelled,
}

public enum ApprovalRule
{
    /// <summary>Everybody at the position.</summary>
    All,

    /// <summary>One of them is enough.</summary>
    Any,
}

/// <summary>One approver's part of a chain (DOMAIN.md section 2, Approval), after the event.</summary>
public abstract record ApprovalState
{
    public Guid Id { get; init; }

    public Guid TicketId { get; init; }

    public int Generation { get; init; }

    public Guid RequestedBy { get; init; }

    public Guid ApproverId { get; init; }

    /// <summary>From 1; the next position's turn comes when all of this one's is approved.</summary>
    public int Position { get; init; }

    public ApprovalRule Rule { get; init; }

    public ApprovalStatus Status { get; init; }

    /// <summary>When the position's turn came; null while it has not.</summary>
    public DateTimeOffset? ActiveAt { get; init; }

    public string? Reason { get; init; }

    /// <summary>File keys or addresses of what the approver is to look at.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The approver, or who stood in.</summary>
    public Guid? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("approval.requested.v1")]
public sealed record ApprovalRequested : ApprovalState;

/// <summary>Its position's turn has come.</summary>
[EventType("approval.activated.v1")]
public sealed record ApprovalActivated : ApprovalState;

/// <summary>Approved, rejected or changes asked for; the status tells.</summary>
[EventType("approval.decided.v1")]
public sealed record ApprovalDecided : ApprovalState;

[EventType("approval.cancelled.v1")]
public sealed record ApprovalCancelled : ApprovalState;

[EventType("approval.imported.v1")]
public sealed record ApprovalImported : ApprovalState;

public enum SubTicketStatus
{
    Assigned,
    InProgress,
    Resolved,
    Closed,
    Reopened,
}

/// <summary>A part of a ticket that another department does (DOMAIN.md section 4.1), after the event.</summary>
public abstract record SubTicketState
{
    public Guid Id { get; init; }

    public Guid ParentTicketId { get; init; }

    /// <summary><c>HD-YYYY-NNNN-S1</c>.</summary>
    public string Number { get; init; } = "";

    public int NumberInParent { get; init; }

    public string Title { get; init; } = "";

    public string? Description { get; init; }

    public Priority Priority { get; init; } = Priority.Medium;

    public Guid DepartmentId { get; init; }

    public Guid AssigneeId { get; init; }

    public SubTicketStatus Status { get; init; }

    public int ProgressPercent { get; init; }

    public string? CompletionNotes { get; init; }

    public int Generation { get; init; } = 1;

    public int ReopenCount { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Its attachments belong to the parent from then on.</summary>
    public bool MergedIntoParent { get; init; }

    public ClosedReason? ClosedReason { get; init; }

    public Guid CreatedBy { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("sub_ticket.created.v1")]
public sealed record SubTicketCreated : SubTicketState;

[EventType("sub_ticket.started.v1")]
public sealed record SubTicketStarted : SubTicketState;

[EventType("sub_ticket.progressed.v1")]
public sealed record SubTicketProgressed : SubTicketState
{
    public string? Note { get; init; }
}

[EventType("sub_ticket.resolved.v1")]
public sealed record SubTicketResolved : SubTicketState;

[EventType("sub_ticket.closed.v1")]
public sealed record SubTicketClosed : SubTicketState;

[EventType("sub_ticket.reopened.v1")]
public sealed record SubTicketReopened : SubTicketState
{
    public string? Reason { get; init; }
}

/// <summary>Its head was deactivated, and the department has another one.</summary>
[EventType("sub_ticket.reassigned.v1")]
public sealed record SubTicketReassigned : SubTicketState
{
    public Guid PreviousAssigneeId { get; init; }
}

[EventType("sub_ticket.imported.v1")]
public sealed record SubTicketImported : SubTicketState;
