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
    IReadOnlyList<SlaSegment> Segments);

public enum SlaSegmentKind
{
    Running,
    Paused,
}

/// <summary>A stretch of a clock; each begins where the one before ends.</summary>
/// <param name="Until">Null: it still goes on.</param>
/// <param name="Why">What began it, such as <c>submitted</c> or <c>postponed</c>.</param>
public sealed record SlaSegment(SlaSegmentKind Kind, DateTimeOffset From, DateTimeOffset? Until, string Why);
