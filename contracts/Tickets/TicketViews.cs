namespace Hdms.Contracts;

/// <summary>Somebody, by name; null names for a person who was anonymised, or whom the tickets service has not heard of yet.</summary>
public sealed record PersonRef(Guid Id, string? FirstName, string? LastName);

public sealed record DepartmentRef(Guid Id, string? Code, string? Name);

public enum SlaState
{
    /// <summary>More than half of the time is left.</summary>
    Green,

    /// <summary>A quarter to a half is left.</summary>
    Yellow,

    /// <summary>Less than a quarter is left, or none.</summary>
    Red,
}

/// <summary>What can be told of a ticket's due time now; worked out by the server for each read.</summary>
/// <param name="TimeRemaining">Business time; below zero once it is breached. Null without a due time.</param>
/// <param name="IsPaused">The clock stands still.</param>
public sealed record SlaView(
    SlaState? State, bool IsBreached, bool IsPaused, TimeSpan? TimeRemaining, DateTimeOffset? DueAt, DateTimeOffset? ResponseDueAt, bool? ResponseBreached);

/// <summary>A ticket as far as the caller may see it. Somebody who sees no more than its title gets null for the rest.</summary>
/// <param name="AllowedActions">What the caller can do with it now.</param>
/// <param name="ReadyForClosure">All of its sub-tickets are closed.</param>
/// <param name="NeedsAttention">A day in the pool unreviewed, or a day unacknowledged.</param>
public sealed record TicketView(
    Guid Id,
    string? Number,
    string Title,
    string? Description,
    TicketStatus Status,
    TicketStatus? PreviousStatus,
    Priority Priority,
    string? Category,
    PersonRef? Requester,
    Guid? CreatedBy,
    DepartmentRef? Department,
    PersonRef? Assignee,
    PersonRef? ClaimedBy,
    bool AwaitingRequester,
    DateTimeOffset? QueuedAt,
    SlaView? Sla,
    bool NeedsAttention,
    DateTimeOffset? SubmittedAt,
    DateTimeOffset? AssignedAt,
    DateTimeOffset? AcknowledgedAt,
    IReadOnlyList<Guid> AcknowledgedByTeam,
    DateTimeOffset? StartedAt,
    DateTimeOffset? PostponedAt,
    DateTimeOffset? ResolvedAt,
    DateTimeOffset? ConfirmedAt,
    DateTimeOffset? ClosedAt,
    ClosedReason? ClosedReason,
    int ProgressPercent,
    string? CompletionNotes,
    string? RejectionReason,
    string? PostponementReason,
    int Generation,
    int ReopenCount,
    bool RequiresApproval,
    IReadOnlyList<Guid> Approvers,
    IReadOnlyList<Guid> PendingApprovers,
    int? FeedbackRating,
    string? FeedbackText,
    IReadOnlyList<string> Tags,
    Guid? DuplicateOf,
    int SubTickets,
    int OpenSubTickets,
    bool ReadyForClosure,
    bool ReopenRequested,
    bool PostponeRequested,
    SlaAckState? SlaAnswer,
    string? SlaAnswerReason,
    DateTimeOffset? UndoUntil,
    IReadOnlyList<string> AllowedActions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version)
{
    /// <summary>Said to somebody who submits yet another one.</summary>
    public string? Warning { get; init; }
}

/// <summary>Where a ticket of the old system is now.</summary>
/// <param name="OldId">The number that was its key there.</param>
/// <param name="Number">Null for a draft.</param>
public sealed record OldTicketView(long OldId, Guid Id, string? Number);
