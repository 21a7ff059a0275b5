namespace Hdms.Contracts;

/// <summary>Typed, and not yet sent.</summary>
[EventType("ticket.drafted.v1")]
public sealed record TicketDrafted : TicketState;

/// <summary>By its owner as a draft, or by a moderator before it was assigned.</summary>
[EventType("ticket.edited.v1")]
public sealed record TicketEdited : TicketState
{
    /// <summary>JSON names of the members that are other than before.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];
}

/// <summary>A draft was thrown away, or expired.</summary>
[EventType("ticket.discarded.v1")]
public sealed record TicketDiscarded : TicketState;

[EventType("ticket.submitted.v1")]
public sealed record TicketSubmitted : TicketState;

/// <summary>In the moderators' pool.</summary>
[EventType("ticket.enqueued.v1")]
public sealed record TicketEnqueued : TicketState;

[EventType("ticket.review_started.v1")]
public sealed record TicketReviewStarted : TicketState;

[EventType("ticket.clarification_requested.v1")]
public sealed record TicketClarificationRequested : TicketState
{
    public string Question { get; init; } = "";
}

[EventType("ticket.clarified.v1")]
public sealed record TicketClarified : TicketState
{
    /// <summary>Null when the requester answered in the chat.</summary>
    public string? Answer { get; init; }
}

[EventType("ticket.assigned.v1")]
public sealed record TicketAssigned : TicketState
{
    /// <summary>Why it was assigned though the department is full.</summary>
    public string? OverrideReason { get; init; }
}

/// <summary>Waits for room in its department.</summary>
[EventType("ticket.queued.v1")]
public sealed record TicketQueued : TicketState;

[EventType("ticket.rejected.v1")]
public sealed record TicketRejected : TicketState;

[EventType("ticket.acknowledged.v1")]
public sealed record TicketAcknowledged : TicketState;

/// <summary>For the record: a member of the department's team has seen it.</summary>
[EventType("ticket.acknowledged_by_team.v1")]
public sealed record TicketAcknowledgedByTeam : TicketState;

[EventType("ticket.started.v1")]
public sealed record TicketStarted : TicketState;

[EventType("ticket.progressed.v1")]
public sealed record TicketProgressed : TicketState
{
    public string? Note { get; init; }
}

[EventType("ticket.reassigned.v1")]
public sealed record TicketReassigned : TicketState
{
    public Guid? PreviousDepartmentId { get; init; }

    public Guid? PreviousAssigneeId { get; init; }
}

[EventType("ticket.approval_requested.v1")]
public sealed record TicketApprovalRequested : TicketState;

/// <summary>A position of the chain has approved, or somebody at it; the status tells whether all have.</summary>
[EventType("ticket.approved.v1")]
public sealed record TicketApproved : TicketState
{
    public Guid DecidedFor { get; init; }
}

[EventType("ticket.approval_rejected.v1")]
public sealed record TicketApprovalRejected : TicketState
{
    public Guid DecidedFor { get; init; }
}

[EventType("ticket.changes_requested.v1")]
public sealed record TicketChangesRequested : TicketState
{
    public Guid DecidedFor { get; init; }

    public string Reason { get; init; } = "";
}

[EventType("ticket.approval_withdrawn.v1")]
public sealed record TicketApprovalWithdrawn : TicketState;

[EventType("ticket.resolved.v1")]
public sealed record TicketResolved : TicketState;

[EventType("ticket.confirmed.v1")]
public sealed record TicketConfirmed : TicketState;

/// <summary>The requester sent it back to work before it was closed.</summary>
[EventType("ticket.reworked.v1")]
public sealed record TicketReworked : TicketState
{
    public string Reason { get; init; } = "";
}

/// <summary>For whichever reason; <see cref="TicketState.ClosedReason"/> tells.</summary>
[EventType("ticket.closed.v1")]
public sealed record TicketClosed : TicketState
{
    public string? Reason { get; init; }
}

/// <summary>An admin asked to close it by force; another one has to agree.</summary>
[EventType("ticket.force_close_requested.v1")]
public sealed record TicketForceCloseRequested : TicketState;

[EventType("ticket.postponed.v1")]
public sealed record TicketPostponed : TicketState;

[EventType("ticket.restarted.v1")]
public sealed record TicketRestarted : TicketState;

[EventType("ticket.reopen_requested.v1")]
public sealed record TicketReopenRequested : TicketState;

[EventType("ticket.reopened.v1")]
public sealed record TicketReopened : TicketState
{
    public string? Reason { get; init; }
}

/// <summary>Says which action was undone; <see cref="TicketRestored"/> follows.</summary>
[EventType("ticket.undone.v1")]
public sealed record TicketUndone : TicketState
{
    public string Undone { get; init; } = "";
}

/// <summary>As it was before the action that was undone.</summary>
[EventType("ticket.restored.v1")]
public sealed record TicketRestored : TicketState;

/// <summary>Priority or due time were changed.</summary>
[EventType("ticket.sla_changed.v1")]
public sealed record TicketSlaChanged : TicketState
{
    public Priority PreviousPriority { get; init; }

    public DateTimeOffset? PreviousDueAt { get; init; }
}

/// <summary>The head has answered a change of priority or due time, or the time for it is over.</summary>
[EventType("ticket.sla_answered.v1")]
public sealed record TicketSlaAnswered : TicketState;

/// <summary>Its head was deactivated; it is with the moderators again.</summary>
[EventType("ticket.returned_to_queue.v1")]
public sealed record TicketReturnedToQueue : TicketState
{
    public Guid? PreviousAssigneeId { get; init; }
}

[EventType("ticket.merged.v1")]
public sealed record TicketMerged : TicketState;

/// <summary>Sub-tickets were added, closed or worked on.</summary>
[EventType("ticket.sub_tickets_changed.v1")]
public sealed record TicketSubTicketsChanged : TicketState;

/// <summary>The head asks for a sub-ticket or a postponement, or such a request was decided.</summary>
[EventType("ticket.requests_changed.v1")]
public sealed record TicketRequestsChanged : TicketState;

[EventType("ticket.tagged.v1")]
public sealed record TicketTagged : TicketState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("ticket.imported.v1")]
public sealed record TicketImported : TicketState;

/// <summary>What people are told of once: a warning, a breach, a reminder.</summary>
public enum TicketAlert
{
    ResponseWarning,
    ResponseBreached,
    ResolutionWarning,
    ResolutionBreached,

    /// <summary>A day in the pool without a review.</summary>
    Unreviewed,

    /// <summary>A day without the head's acknowledgement.</summary>
    Unacknowledged,
    ApprovalReminder,
    AutoCloseReminder,

    /// <summary>It would have been closed by itself, but for open sub-tickets.</summary>
    AutoCloseBlocked,
    PostponeReminder,

    /// <summary>The third reminder and each one after.</summary>
    PostponeEscalated,
}

/// <summary>On a stream of its own, so that the ticket's version stays.</summary>
[EventType("ticket.alerted.v1")]
public sealed record TicketAlerted
{
    public Guid Id { get; init; }

    public Guid TicketId { get; init; }

    public string? Number { get; init; }

    public string Title { get; init; } = "";

    public TicketAlert Kind { get; init; }

    /// <summary>Of one kind there is one for each of these.</summary>
    public string About { get; init; } = "";

    public Guid RequesterId { get; init; }

    public Guid? AssigneeId { get; init; }

    public IReadOnlyList<Guid> PendingApprovers { get; init; } = [];

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset RaisedAt { get; init; }
}
