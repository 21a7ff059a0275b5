using Hdms.Contracts;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Sla;

/// <summary>
/// Moves a ticket's clocks (DOMAIN.md section 7, Clocks). Pure: the ticket as it was, what happened, and when. The clocks alone decide;
/// the ticket's columns are read off them, so that a ticket whose clocks are put back, as by an undo, is right again at once.
/// </summary>
static class SlaRules
{
    /// <summary>Submitted: the response clock begins.</summary>
    public static Ticket Submitted(Ticket t, SlaTerms terms, DateTimeOffset now) => With(
        t with { DueOverridden = false, SlaPausedSeconds = 0 },
        ClockRules.Begun(terms, terms.ResponseMinutes, SlaSegmentKind.Running, "submitted", now),
        null);

    /// <summary>Assigned: the resolution clock begins, or goes on; the response clock takes over the new terms and keeps its start.</summary>
    public static Ticket Assigned(Ticket t, SlaTerms terms, DateTimeOffset now)
    {
        if (t.Sla.Resolution?.IsLive() == true)
        {
            return Resumed(Retermed(t, terms, now), "assigned", terms.Calendar, now);
        }

        var before = Resumed(t, "assigned", terms.Calendar, now);
        var begun = ClockRules.Begun(terms, terms.ResolutionMinutes, SlaSegmentKind.Running, "assigned", now);
        return With(
            before,
            Reterm(before.Sla.Response, terms, terms.ResponseMinutes, now),
            before is { DueOverridden: true, DueAt: { } due } ? begun.DueOn(due, terms.Calendar, now) : begun);
    }

    /// <summary>Acknowledged by the head: the response clock stops.</summary>
    public static Ticket Acknowledged(Ticket t, DateTimeOffset now) => With(t, t.Sla.Response?.Stopped(now), t.Sla.Resolution);

    /// <summary>Both clocks stand still; again changes nothing.</summary>
    public static Ticket Paused(Ticket t, string why, WorkCalendar calendar, DateTimeOffset now)
    {
        return With(t, Pause(t.Sla.Response, false), Pause(t.Sla.Resolution, t.DueOverridden));

        SlaClock? Pause(SlaClock? clock, bool overridden) => clock is null || !clock.IsLive() || clock.IsPaused() ? clock
            : overridden ? clock.Turned(SlaSegmentKind.Paused, why, now)
            : clock.Turned(SlaSegmentKind.Paused, why, now).Timed(calendar, now);
    }

    /// <summary>Both go on with what they have left.</summary>
    public static Ticket Resumed(Ticket t, string why, WorkCalendar calendar, DateTimeOffset now)
    {
        if (t.Sla.Response?.IsPaused() != true && t.Sla.Resolution?.IsPaused() != true)
        {
            return t;
        }

        // Before assignment a due time set by hand has no clock of its own, and is put off with the response.
        var due = t is { DueOverridden: true, DueAt: { } set } ? PutOff(set, t.Sla.Resolution ?? t.Sla.Response!, calendar, now) : t.DueAt;
        return With(t with { DueAt = due }, GoOn(t.Sla.Response, null), GoOn(t.Sla.Resolution, t.DueOverridden ? due : null));

        SlaClock? GoOn(SlaClock? clock, DateTimeOffset? overridden) => clock?.IsPaused() != true ? clock
            : overridden is { } on ? clock.Turned(SlaSegmentKind.Running, why, now).DueOn(on, calendar, now)
            : clock.Turned(SlaSegmentKind.Running, why, now).Timed(calendar, now);
    }

    /// <summary>Resolved, closed or rejected: both stop, and what they have met or breached stays.</summary>
    public static Ticket Stopped(Ticket t, DateTimeOffset now) => With(t, t.Sla.Response?.Stopped(now), t.Sla.Resolution?.Stopped(now));

    /// <summary>Sent back to work: the resolution clock goes on with what it had left, with <paramref name="least"/> of business time at least.</summary>
    public static Ticket Reworked(Ticket t, TimeSpan least, WorkCalendar calendar, DateTimeOffset now)
    {
        if (t.Sla.Resolution is not { Outcome: not null } stopped)
        {
            return t;
        }

        var still = stopped.Reopened("resolved");
        var clock = still.Turned(SlaSegmentKind.Running, "reworked", now);
        var enough = calendar.Add(now, least);
        if (t is { DueOverridden: true, DueAt: { } set })
        {
            var due = PutOff(set, still, calendar, now);
            return With(t, t.Sla.Response, clock.DueOn(due < enough ? enough : due, calendar, now));
        }

        clock = clock.Timed(calendar, now);
        return With(t, t.Sla.Response, clock.DueAt < enough
            ? (clock with { BudgetMinutes = (int)Math.Ceiling((clock.Used(calendar, now) + least).TotalMinutes) }).Timed(calendar, now)
            : clock);
    }

    /// <summary>Another priority, template or calendar: what was used and paused so far stays, the budget is new.</summary>
    public static Ticket Retermed(Ticket t, SlaTerms terms, DateTimeOffset now)
    {
        if (t is { DueOverridden: true, DueAt: { } set, Sla: { Response: { } response, Resolution: null } })
        {
            t = t with { DueAt = PutOff(set, response, terms.Calendar, now) };
        }

        var resolution = t is { DueOverridden: true, DueAt: { } due, Sla.Resolution: { Outcome: null } clock }
            ? Termed(clock, terms, terms.ResolutionMinutes).DueOn(due, terms.Calendar, now)
            : Reterm(t.Sla.Resolution, terms, terms.ResolutionMinutes, now);
        return With(t, Reterm(t.Sla.Response, terms, terms.ResponseMinutes, now), resolution);
    }

    /// <summary>The resolution clock begins anew (reassigned with reset_sla).</summary>
    public static Ticket Restarted(Ticket t, SlaTerms terms, DateTimeOffset now)
    {
        var kind = t.SlaPausedAt is null ? SlaSegmentKind.Running : SlaSegmentKind.Paused;
        return With(
            t with { DueOverridden = false },
            Reterm(t.Sla.Response, terms, terms.ResponseMinutes, now),
            ClockRules.Begun(terms, terms.ResolutionMinutes, kind, "restarted", now));
    }

    /// <summary>A moderator set the due time by hand; templates no longer move it.</summary>
    public static Ticket DueSet(Ticket t, DateTimeOffset dueAt, DateTimeOffset now, WorkCalendar calendar)
    {
        // Before assignment the response clock tells from when on it is to be put off.
        var response = t.Sla is { Resolution: null, Response: { Outcome: null } clock } ? clock.Marked("due_set", now).Timed(calendar, now) : t.Sla.Response;
        var resolution = t.Sla.Resolution is { Outcome: null } live ? live.Marked("due_set", now).DueOn(dueAt, calendar, now) : t.Sla.Resolution;
        return With(t with { DueOverridden = true, DueAt = dueAt }, response, resolution);
    }

    /// <summary>When a quarter of the clock's budget is left (DOMAIN.md section 6, colours).</summary>
    public static DateTimeOffset WarnAt(SlaClock clock) =>
        clock.WarnAt ?? clock.DueAt ?? throw new InvalidOperationException("A clock without a due time warns of nothing.");

    static SlaClock? Reterm(SlaClock? clock, SlaTerms terms, int? minutes, DateTimeOffset now) =>
        clock?.IsLive() == true ? Termed(clock.Marked("changed", now), terms, minutes).Timed(terms.Calendar, now) : clock;

    static SlaClock Termed(SlaClock clock, SlaTerms terms, int? minutes) =>
        clock with { TemplateId = terms.TemplateId, CalendarId = terms.Calendar.Id, BudgetMinutes = minutes };

    /// <summary>A due time set by hand, later by the business time for which the clock stood still since; what is past stays.</summary>
    static DateTimeOffset PutOff(DateTimeOffset due, SlaClock paused, WorkCalendar calendar, DateTimeOffset now)
    {
        var since = paused.Reading(now);
        return since < due ? calendar.Add(due, calendar.Between(since, now)) : due;
    }

    static Ticket With(Ticket t, SlaClock? response, SlaClock? resolution) => response is null && resolution is null ? t : t with
    {
        Sla = new SlaClocks(response, resolution),
        SlaTemplateId = (resolution ?? response)?.TemplateId,
        ResponseDueAt = response?.DueAt,
        DueAt = resolution is null ? (t.DueOverridden ? t.DueAt : null) : resolution.DueAt,
        SlaPausedAt = resolution?.PausedSince() ?? response?.PausedSince(),
        SlaPausedSeconds = resolution is null ? t.SlaPausedSeconds : (long)resolution.PausedInAll().TotalSeconds,
    };
}
