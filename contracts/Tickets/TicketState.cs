using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>The stored statuses (DOMAIN.md section 3).</summary>
public enum TicketStatus
{
    Draft,
    Submitted,
    Pending,
    UnderReview,
    Assigned,
    InProgress,
    WaitingApproval,
    Approved,
    Rejected,
    Resolved,
    Closed,
    Reopened,
    Postponed,
}

/// <summary>The most urgent first, as lists sort.</summary>
public enum Priority
{
    Urgent,
    High,
    Medium,
    Low,
}

public enum ClosedReason
{
    /// <summary>A moderator looked and closed it.</summary>
    Verified,

    /// <summary>Nobody objected in time.</summary>
    Auto,

    /// <summary>Closed before it was resolved.</summary>
    Forced,

    /// <summary>The requester took it back.</summary>
    Withdrawn,
}

/// <summary>What a head says to a change of priority or due time (DOMAIN.md section 2, SlaAck).</summary>
public enum SlaAckState
{
    Pending,
    Acknowledged,
    Disputed,

    /// <summary>The head said nothing in time.</summary>
    AutoAcknowledged,
}

/// <summary>
/// How a ticket is after the event (DOMAIN.md section 2, Ticket). Every event of a ticket carries all of it, so that a reader needs
/// the last one only, a row can be made again from it, and the ticket as it was at any time is the last event before.
/// </summary>
public abstract record TicketState
{
    public Guid Id { get; init; }

    /// <summary><c>HD-YYYY-NNNN</c>, given at submission and never again; null for a draft.</summary>
    public string? Number { get; init; }

    /// <summary>The number's parts, by which tickets are sorted.</summary>
    public int? NumberYear { get; init; }

    public int? NumberInYear { get; init; }

    public string Title { get; init; } = "";

    public string? Description { get; init; }

    public TicketStatus Status { get; init; }

    /// <summary>Where a postponed ticket goes back to; null in every other status.</summary>
    public TicketStatus? PreviousStatus { get; init; }

    public Priority Priority { get; init; } = Priority.Medium;

    public string? Category { get; init; }

    public Guid RequesterId { get; init; }

    /// <summary>Who typed it: the requester, or a moderator on behalf of the requester.</summary>
    public Guid CreatedBy { get; init; }

    public Guid? DepartmentId { get; init; }

    /// <summary>The head of the department, from assignment on.</summary>
    public Guid? AssigneeId { get; init; }

    /// <summary>The moderator who reviews it; no other one may take it up meanwhile.</summary>
    public Guid? ClaimedBy { get; init; }

    /// <summary>A question to the requester is open.</summary>
    public bool AwaitingRequester { get; init; }

    /// <summary>Since when it waits for room in its department.</summary>
    public DateTimeOffset? QueuedAt { get; init; }

    public Guid? SlaTemplateId { get; init; }

    public DateTimeOffset? ResponseDueAt { get; init; }

    /// <summary>When it is to be resolved; while the clock is paused, as it would be if the clock ran on now.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>A moderator set <see cref="DueAt"/>; templates no longer move it.</summary>
    public bool DueOverridden { get; init; }

    public DateTimeOffset? SlaPausedAt { get; init; }

    /// <summary>For how long the resolution clock was paused in all, up to the last time it went on.</summary>
    public long SlaPausedSeconds { get; init; }

    /// <summary>The clocks with their segments.</summary>
    public SlaClocks Sla { get; init; } = SlaClocks.None;

    public DateTimeOffset? SubmittedAt { get; init; }

    public DateTimeOffset? AssignedAt { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>Members of the department's team who acknowledged it, for the record.</summary>
    public IReadOnlyList<Guid> AcknowledgedByTeam { get; init; } = [];

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? PostponedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public ClosedReason? ClosedReason { get; init; }

    public int ProgressPercent { get; init; }

    public string? CompletionNotes { get; init; }

    public string? RejectionReason { get; init; }

    public string? PostponementReason { get; init; }

    /// <summary>One more at each reopening; a new chat and new clocks begin.</summary>
    public int Generation { get; init; } = 1;

    public int ReopenCount { get; init; }

    /// <summary>A hint of the requester's.</summary>
    public bool RequiresApproval { get; init; }

    /// <summary>Everybody who was asked to approve in this generation; they may read the ticket.</summary>
    public IReadOnlyList<Guid> Approvers { get; init; } = [];

    /// <summary>Those whose turn it is to decide.</summary>
    public IReadOnlyList<Guid> PendingApprovers { get; init; } = [];

    /// <summary>The head who asked for the approvals that are open.</summary>
    public Guid? ApprovalRequestedBy { get; init; }

    public DateTimeOffset? ApprovalRequestedAt { get; init; }

    public int? FeedbackRating { get; init; }

    public string? FeedbackText { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The ticket of which this is a duplicate, or into which it was merged.</summary>
    public Guid? DuplicateOf { get; init; }

    public int SubTickets { get; init; }

    /// <summary>Of them, those that are not closed.</summary>
    public int OpenSubTickets { get; init; }

    /// <summary>Heads of its sub-tickets; they may read the ticket.</summary>
    public IReadOnlyList<Guid> SubTicketHeads { get; init; } = [];

    /// <summary>A request to reopen waits for a moderator.</summary>
    public bool ReopenRequested { get; init; }

    /// <summary>The head's request to postpone waits for a moderator.</summary>
    public bool PostponeRequested { get; init; }

    /// <summary>Since when a change of priority or due time waits for the head to acknowledge or dispute it; null when none does.</summary>
    public DateTimeOffset? SlaChangedAt { get; init; }

    /// <summary>What the head said to the last such change.</summary>
    public SlaAckState? SlaAnswer { get; init; }

    public string? SlaAnswerReason { get; init; }

    /// <summary>The admin who asked to close it by force; another one has to agree.</summary>
    public Guid? ForceCloseRequestedBy { get; init; }

    /// <summary>What the same moderator may still undo, until <see cref="UndoUntil"/>.</summary>
    public string? UndoAction { get; init; }

    public Guid? UndoBy { get; init; }

    public DateTimeOffset? UndoUntil { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public bool IsTerminal => Status is TicketStatus.Rejected or TicketStatus.Closed;
}
