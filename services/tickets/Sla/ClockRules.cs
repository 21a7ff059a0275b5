using Hdms.Contracts;

namespace Hdms.Tickets.Sla;

/// <summary>What one clock does. Pure, as <see cref="SlaRules"/>, which moves the two together.</summary>
static class ClockRules
{
    /// <summary>The first of the pauses that follow each other up to now; null while it runs or has stopped.</summary>
    public static DateTimeOffset? PausedSince(this SlaClock clock) =>
        clock.IsPaused() ? clock.Segments.Skip(Running(clock)).First().From : null;

    /// <summary>All pauses up to the last time it ran, or stopped.</summary>
    public static TimeSpan PausedInAll(this SlaClock clock) =>
        clock.Segments.Take(clock.IsPaused() ? Running(clock) : clock.Segments.Count)
            .Where(s => s.Kind == SlaSegmentKind.Paused)
            .Aggregate(TimeSpan.Zero, (sum, s) => sum + (s.Until!.Value - s.From));

    public static SlaClock Begun(SlaTerms terms, int? minutes, SlaSegmentKind kind, string why, DateTimeOffset now) =>
        new SlaClock(terms.TemplateId, terms.Calendar.Id, minutes, null, null, [new SlaSegment(kind, now, null, why)]).Timed(terms.Calendar, now);

    /// <summary>
    /// Begins another segment. One that would be empty is left out, and a running one that it was between goes on; a pause does not,
    /// since a due time was put off at its end.
    /// </summary>
    public static SlaClock Turned(this SlaClock clock, SlaSegmentKind kind, string why, DateTimeOffset now)
    {
        List<SlaSegment> segments = [.. clock.Segments];
        if (segments[^1].From == now)
        {
            segments.RemoveAt(segments.Count - 1);
        }

        if (kind == SlaSegmentKind.Running && segments is [.., { Kind: SlaSegmentKind.Running } last])
        {
            segments[^1] = last with { Until = null };
        }
        else
        {
            Close(segments, now);
            segments.Add(new SlaSegment(kind, now, null, why));
        }

        return clock with { Segments = segments };
    }

    /// <summary>Marks in a pause from when on a new due time is to be put off with it.</summary>
    public static SlaClock Marked(this SlaClock clock, string why, DateTimeOffset now)
    {
        if (!clock.IsPaused() || clock.Segments[^1].From == now)
        {
            return clock;
        }

        List<SlaSegment> segments = [.. clock.Segments];
        Close(segments, now);
        segments.Add(new SlaSegment(SlaSegmentKind.Paused, now, null, why));
        return clock with { Segments = segments };
    }

    /// <summary>Stops for good; what is met or breached by then stays so.</summary>
    public static SlaClock Stopped(this SlaClock clock, DateTimeOffset now)
    {
        if (!clock.IsLive())
        {
            return clock;
        }

        List<SlaSegment> segments = [.. clock.Segments];
        Close(segments, now);
        return clock with { Segments = segments, Outcome = clock.DueAt < clock.Reading(now) ? SlaOutcome.Breached : SlaOutcome.Met };
    }

    /// <summary>A clock that was stopped, as though it had been paused then.</summary>
    public static SlaClock Reopened(this SlaClock clock, string why)
    {
        var last = clock.Segments[^1];
        return clock with
        {
            Outcome = null,
            Segments = last.Kind == SlaSegmentKind.Paused
                ? [.. clock.Segments.SkipLast(1), last with { Until = null }]
                : [.. clock.Segments, new SlaSegment(SlaSegmentKind.Paused, last.Until!.Value, null, why)],
        };
    }

    /// <summary>Due when its budget is used up.</summary>
    /// <param name="at">From when a paused clock is taken to go on.</param>
    public static SlaClock Timed(this SlaClock clock, WorkCalendar calendar, DateTimeOffset at) => clock.BudgetMinutes is { } minutes
        ? clock with { DueAt = clock.When(TimeSpan.FromMinutes(minutes), calendar, at), WarnAt = clock.When(TimeSpan.FromMinutes(minutes) * 0.75, calendar, at) }
        : clock with { DueAt = null, WarnAt = null };

    /// <summary>Due when somebody says, whatever its budget.</summary>
    public static SlaClock DueOn(this SlaClock clock, DateTimeOffset due, WorkCalendar calendar, DateTimeOffset now)
    {
        var at = clock.Reading(now);
        var all = clock.Used(calendar, at) + (at < due ? calendar.Between(at, due) : TimeSpan.Zero);

        // To the millisecond, as times are kept.
        var warn = clock.When(TimeSpan.FromMilliseconds(Math.Floor(all.TotalMilliseconds * 0.75)), calendar, at);
        return clock with { DueAt = due, WarnAt = warn < due ? warn : due };
    }

    /// <summary>When as much of it is, or was, used.</summary>
    static DateTimeOffset When(this SlaClock clock, TimeSpan amount, WorkCalendar calendar, DateTimeOffset at)
    {
        foreach (var segment in clock.Segments.Where(s => s.Kind == SlaSegmentKind.Running))
        {
            var length = segment.Until is { } until ? calendar.Between(segment.From, until) : TimeSpan.MaxValue;
            if (amount <= length)
            {
                return calendar.Add(segment.From, amount);
            }

            amount -= length;
        }

        return calendar.Add(at, amount);
    }

    static void Close(List<SlaSegment> segments, DateTimeOffset now)
    {
        if (segments is [.., { Until: null } last])
        {
            segments[^1] = last with { Until = now };
        }
    }

    /// <summary>How many segments there are up to the last running one.</summary>
    static int Running(SlaClock clock)
    {
        var count = clock.Segments.Count;
        while (count > 0 && clock.Segments[count - 1].Kind == SlaSegmentKind.Paused)
        {
            count--;
        }

        return count;
    }
}
