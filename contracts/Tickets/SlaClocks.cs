namespace Hdms.Contracts;

public enum SlaOutcome
{
    Met,
    Breached,
}

/// <summary>A ticket's clocks (DOMAIN.md section 7): response from submission to acknowledgement, resolution from assignment until it is resolved.</summary>
public sealed record SlaClocks(SlaClock? Response, SlaClock? Resolution)
{
    public static readonly SlaClocks None = new(null, null);
}

/// <summary>One clock. What it has used is the business time within its running segments.</summary>
/// <param name="TemplateId">Where the budget comes from; null when no template fits.</param>
/// <param name="CalendarId">Whose hours count; null is round the clock.</param>
/// <param name="BudgetMinutes">Business time that it may use; null: none is set, and it only measures.</param>
/// <param name="DueAt">When the budget ends; while paused, as it would if the clock ran on now.</param>
/// <param name="Outcome">Set when it stops.</param>
public sealed record SlaClock(
    Guid? TemplateId,
    Guid? CalendarId,
    int? BudgetMinutes,
    DateTimeOffset? DueAt,
    SlaOutcome? Outcome,
    IReadOnlyList<SlaSegment> Segments)
{
    /// <summary>When a quarter of the time up to <see cref="DueAt"/> is left; null without one.</summary>
    public DateTimeOffset? WarnAt { get; init; }
}

public enum SlaSegmentKind
{
    Running,
    Paused,
}

/// <summary>A stretch of a clock; each begins where the one before ends.</summary>
/// <param name="Until">Null: it still goes on.</param>
/// <param name="Why">What began it, such as <c>submitted</c> or <c>postponed</c>.</param>
public sealed record SlaSegment(SlaSegmentKind Kind, DateTimeOffset From, DateTimeOffset? Until, string Why);

/// <summary>A ticket's clocks as of now.</summary>
public sealed record SlaClocksView(Guid TicketId, bool DueOverridden, SlaClockView? Response, SlaClockView? Resolution);

/// <summary>One clock as of now, or as of when it stopped. Durations are business time, by the clock's calendar.</summary>
/// <param name="Budget">What its template gives it; null without a template.</param>
/// <param name="Remaining">Up to the due time; below zero once it is breached. Null without a due time.</param>
/// <param name="IsPaused">It stands still; what remains is as of when it went on.</param>
public sealed record SlaClockView(
    Guid? TemplateId,
    Guid? CalendarId,
    SlaState? State,
    SlaOutcome? Outcome,
    bool IsBreached,
    bool IsPaused,
    TimeSpan? Budget,
    TimeSpan Used,
    TimeSpan? Remaining,
    DateTimeOffset? WarnAt,
    DateTimeOffset? DueAt,
    IReadOnlyList<SlaSegmentView> Segments);

/// <param name="Until">Null: it still goes on.</param>
/// <param name="Business">How much of it counts, up to now.</param>
public sealed record SlaSegmentView(SlaSegmentKind Kind, DateTimeOffset From, DateTimeOffset? Until, string Why, TimeSpan Business);

/// <summary>When a ticket would be due, were it assigned to a department now, or reassigned with its clock begun anew.</summary>
/// <param name="Priority">The one that it would be assigned with.</param>
/// <param name="DueAt">By the department's SLA template and calendar; null where no template fits.</param>
public sealed record DuePreview(Guid DepartmentId, Priority Priority, DateTimeOffset? DueAt);
