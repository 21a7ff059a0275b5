namespace Hdms.Contracts;

/// <summary>What can be read off one clock.</summary>
public static class ClockReading
{
    public static bool IsLive(this SlaClock clock) => clock.Outcome is null;

    public static bool IsPaused(this SlaClock clock) => clock.IsLive() && clock.Segments is [.., { Kind: SlaSegmentKind.Paused }];

    /// <summary>By when the clock is to be judged: now, but a clock that stands still has got no farther than to where it stopped.</summary>
    public static DateTimeOffset Reading(this SlaClock clock, DateTimeOffset now) => clock.Segments switch
    {
        [.., { Kind: SlaSegmentKind.Paused } paused] => paused.From,
        [.., { Until: { } until }] => until,
        _ => now,
    };

    /// <summary>Business time within the running segments up to <paramref name="now"/>.</summary>
    public static TimeSpan Used(this SlaClock clock, WorkCalendar calendar, DateTimeOffset now) =>
        clock.Segments.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Business(calendar, DateTimeOffset.MinValue, now));

    /// <summary>Up to the due time; below zero by what it has run since. Null without a due time.</summary>
    public static TimeSpan? Remaining(this SlaClock clock, WorkCalendar calendar, DateTimeOffset now)
    {
        var at = clock.Reading(now);
        return clock.DueAt is not { } due ? null
            : at <= due ? calendar.Between(at, due)
            : -clock.Segments.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Business(calendar, due, now));
    }

    /// <summary>What of a running segment counts between the two.</summary>
    public static TimeSpan Business(this SlaSegment segment, WorkCalendar calendar, DateTimeOffset after, DateTimeOffset now)
    {
        var from = segment.From > after ? segment.From : after;
        var until = segment.Until ?? now;
        return segment.Kind == SlaSegmentKind.Running && from < until ? calendar.Between(from, until) : TimeSpan.Zero;
    }
}

/// <summary>What can be told of a ticket's due time now; never stored (DOMAIN.md section 4, derived reads).</summary>
public static class SlaReading
{
    /// <summary>Null for a ticket that was never submitted.</summary>
    public static SlaView? Of(TicketState ticket, IReadOnlyDictionary<Guid, WorkCalendar> calendars, DateTimeOffset now)
    {
        if (ticket is { Sla: { Response: null, Resolution: null }, DueAt: null })
        {
            return null;
        }

        var response = ticket.Sla.Response;
        var clock = ticket.Sla.Resolution ?? Assumed(ticket);
        var calendar = CalendarOf(clock ?? response, calendars);
        return new SlaView(
            clock is null ? null : State(clock, calendar, now),
            clock is not null && IsBreached(clock, now),
            ticket.SlaPausedAt is not null,
            clock?.Remaining(calendar, now),
            ticket.DueAt,
            ticket.ResponseDueAt,
            response?.DueAt is null ? null : IsBreached(response, now));
    }

    public static SlaClockView? Of(SlaClock? clock, WorkCalendar calendar, DateTimeOffset now) => clock is null ? null : new SlaClockView(
        clock.TemplateId,
        clock.CalendarId,
        State(clock, calendar, now),
        clock.Outcome,
        IsBreached(clock, now),
        clock.IsPaused(),
        clock.BudgetMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
        clock.Used(calendar, now),
        clock.Remaining(calendar, now),
        clock.WarnAt,
        clock.DueAt,
        [.. clock.Segments.Select(s => new SlaSegmentView(s.Kind, s.From, s.Until, s.Why, s.Business(calendar, DateTimeOffset.MinValue, now)))]);

    public static WorkCalendar CalendarOf(SlaClock? clock, IReadOnlyDictionary<Guid, WorkCalendar> calendars) =>
        clock?.CalendarId is { } id && calendars.TryGetValue(id, out var calendar) ? calendar : WorkCalendar.RoundTheClock;

    static bool IsBreached(SlaClock clock, DateTimeOffset now) =>
        clock.Outcome is { } outcome ? outcome == SlaOutcome.Breached : clock.DueAt < clock.Reading(now);

    static SlaState? State(SlaClock clock, WorkCalendar calendar, DateTimeOffset now)
    {
        if (clock.Remaining(calendar, now) is not { } left)
        {
            return null;
        }

        var all = clock.Used(calendar, clock.Reading(now)) + left;
        return IsBreached(clock, now) || left * 4 < all || left <= TimeSpan.Zero ? SlaState.Red
            : left * 2 > all ? SlaState.Green
            : SlaState.Yellow;
    }

    /// <summary>For a due time that no clock has set: a moderator did before assignment, or the ticket came with it from the old system.</summary>
    static SlaClock? Assumed(TicketState t)
    {
        if (t is not { DueAt: { } due, SubmittedAt: { } from })
        {
            return null;
        }

        var until = t.ResolvedAt ?? t.ClosedAt ?? t.SlaPausedAt;
        SlaOutcome? outcome = (t.ResolvedAt ?? t.ClosedAt) is not { } end ? null : end <= due ? SlaOutcome.Met : SlaOutcome.Breached;
        return new SlaClock(t.SlaTemplateId, t.Sla.Response?.CalendarId, null, due, outcome, [new SlaSegment(SlaSegmentKind.Running, from, until, "submitted")]);
    }
}
