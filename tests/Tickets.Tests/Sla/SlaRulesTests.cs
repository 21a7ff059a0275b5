using System.Text.Json;
using Hdms.Contracts;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Sla;

public sealed class SlaRulesTests
{
    /// <summary>A Monday; the office opens at nine.</summary>
    static readonly DateTimeOffset Monday = new(2026, 1, 5, 9, 0, 0, TimeSpan.FromHours(5));

    static readonly SlaTerms Medium = new(Guid.CreateVersion7(), 4 * 60, 48 * 60, WorkCalendar.RoundTheClock);
    static readonly SlaTerms Urgent = new(Guid.CreateVersion7(), 60, 8 * 60, WorkCalendar.RoundTheClock);
    static readonly SlaTerms Office = new(Guid.CreateVersion7(), 4 * 60, 16 * 60, Calendars.Karachi);
    static readonly IReadOnlyDictionary<Guid, WorkCalendar> Known = new Dictionary<Guid, WorkCalendar> { [Calendars.Karachi.Id!.Value] = Calendars.Karachi };

    [Fact]
    public void The_response_clock_begins_at_submission_and_keeps_its_start_through_assignment()
    {
        var t = Submitted(Medium);
        (t.ResponseDueAt, t.DueAt, t.SlaTemplateId).ShouldBe((After(4), null, Medium.TemplateId));
        t = SlaRules.Assigned(t, Urgent, After(0.5));
        (t.ResponseDueAt, t.DueAt, t.SlaTemplateId).ShouldBe((After(1), After(8.5), Urgent.TemplateId));
        t.Sla.Response!.Segments.ShouldHaveSingleItem().Why.ShouldBe("submitted");
    }

    [Theory]
    [InlineData(4, SlaOutcome.Met)]
    [InlineData(4.1, SlaOutcome.Breached)]
    public void Acknowledging_stops_the_response_clock_alone(double hours, SlaOutcome outcome)
    {
        var t = SlaRules.Acknowledged(SlaRules.Assigned(Submitted(Medium), Medium, After(1)), After(hours));
        t.Sla.Response!.Outcome.ShouldBe(outcome);
        t.Sla.Resolution!.Outcome.ShouldBeNull();
        SlaRules.Acknowledged(t, After(50)).Sla.Response.ShouldBe(t.Sla.Response, "the first time counts");
    }

    [Fact]
    public void A_pause_puts_the_due_time_off_by_as_much()
    {
        var t = Assigned(Medium);
        var paused = SlaRules.Paused(t, "postponed", Medium.Calendar, After(10));
        (paused.DueAt, paused.SlaPausedAt, paused.SlaPausedSeconds).ShouldBe((After(48), After(10), 0));
        View(paused, After(30)).ShouldSatisfyAllConditions(v => v.IsPaused.ShouldBeTrue(), v => v.TimeRemaining.ShouldBe(TimeSpan.FromHours(38)));
        var resumed = SlaRules.Resumed(paused, "restarted", Medium.Calendar, After(34));
        (resumed.DueAt, resumed.SlaPausedAt, resumed.SlaPausedSeconds).ShouldBe((After(72), null, 24 * 3600));
        resumed.ResponseDueAt.ShouldBe(After(4), "it was breached before the pause, and stays so");
    }

    [Fact]
    public void Only_business_time_of_a_pause_puts_the_due_time_off()
    {
        // 16 business hours: all of Monday and Tuesday. Paused on Monday at 17:00, restarted on Tuesday at 10:00: an hour on each day.
        var t = Assigned(Office);
        t.DueAt.ShouldBe(After(24 + 9));
        t = SlaRules.Resumed(SlaRules.Paused(t, "postponed", Office.Calendar, After(8)), "restarted", Office.Calendar, After(25));
        t.DueAt.ShouldBe(After(48 + 2));
        t.SlaPausedSeconds.ShouldBe(17 * 3600);
    }

    [Fact]
    public void Pausing_or_going_on_again_changes_nothing()
    {
        var paused = SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(10));
        Same(SlaRules.Paused(paused, "waiting_approval", Medium.Calendar, After(12)), paused);
        var resumed = SlaRules.Resumed(paused, "restarted", Medium.Calendar, After(20));
        Same(SlaRules.Resumed(resumed, "restarted", Medium.Calendar, After(22)), resumed);
    }

    [Fact]
    public void A_pause_before_assignment_puts_the_response_off()
    {
        var t = SlaRules.Resumed(SlaRules.Paused(Submitted(Medium), "postponed", Medium.Calendar, After(1)), "restarted", Medium.Calendar, After(3));
        t.ResponseDueAt.ShouldBe(After(6));
        t.SlaPausedSeconds.ShouldBe(0, "it tells of the resolution clock");
    }

    [Fact]
    public void Another_priority_keeps_what_was_used_and_paused()
    {
        var t = SlaRules.Resumed(SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(2)), "restarted", Medium.Calendar, After(12));
        t = SlaRules.Retermed(t, Urgent, After(13));
        t.DueAt.ShouldBe(After(18), "8 hours and the 10 of the pause");
        (t.SlaTemplateId, t.SlaPausedSeconds).ShouldBe((Urgent.TemplateId, 10 * 3600));
        View(t, After(13)).TimeRemaining.ShouldBe(TimeSpan.FromHours(5));
    }

    [Fact]
    public void A_change_while_paused_shows_the_due_time_as_if_it_went_on_then_and_it_follows_when_it_does()
    {
        var t = SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(2));
        t = SlaRules.Retermed(t, Urgent, After(12));
        (t.DueAt, t.SlaPausedAt, t.SlaPausedSeconds).ShouldBe((After(18), After(2), 0));
        View(t, After(40)).TimeRemaining.ShouldBe(TimeSpan.FromHours(6));
        t = SlaRules.Resumed(t, "restarted", Urgent.Calendar, After(50));
        (t.DueAt, t.SlaPausedAt, t.SlaPausedSeconds).ShouldBe((After(56), null, 48 * 3600));
    }

    [Fact]
    public void A_shorter_budget_that_is_used_up_already_was_breached_when_it_ran_out()
    {
        var t = SlaRules.Resumed(SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(10)), "restarted", Medium.Calendar, After(20));
        SlaRules.Retermed(t, Urgent, After(21)).DueAt.ShouldBe(After(8));
    }

    [Fact]
    public void A_due_time_set_by_hand_stays_whatever_the_template_and_a_pause_puts_it_off()
    {
        var t = SlaRules.DueSet(Assigned(Medium), After(20), After(1), Medium.Calendar);
        (t.DueAt, t.DueOverridden, t.Sla.Resolution!.DueAt, t.Sla.Resolution.WarnAt).ShouldBe((After(20), true, After(20), After(15)));
        t = SlaRules.Retermed(t, Urgent, After(2));
        t.DueAt.ShouldBe(After(20));
        t = SlaRules.Paused(t, "postponed", Urgent.Calendar, After(5));
        t.DueAt.ShouldBe(After(20));
        t = SlaRules.Resumed(t, "restarted", Urgent.Calendar, After(8));
        (t.DueAt, t.Sla.Resolution!.DueAt).ShouldBe((After(23), After(23)));
    }

    [Fact]
    public void A_due_time_set_by_hand_while_paused_is_put_off_from_then_on()
    {
        var t = SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(5));
        t = SlaRules.DueSet(t, After(30), After(10), Medium.Calendar);
        (t.DueAt, t.SlaPausedAt).ShouldBe((After(30), After(5)));
        View(t, After(25)).TimeRemaining.ShouldBe(TimeSpan.FromHours(20));
        t = SlaRules.Resumed(t, "restarted", Medium.Calendar, After(12));
        (t.DueAt, t.SlaPausedSeconds).ShouldBe((After(32), 7 * 3600));
    }

    [Fact]
    public void A_due_time_set_before_assignment_is_put_off_by_a_pause_and_kept_by_the_assignment()
    {
        var t = SlaRules.DueSet(Submitted(Medium), After(30), After(1), Medium.Calendar);
        (t.DueAt, t.Sla.Resolution).ShouldBe((After(30), null));
        t = SlaRules.Paused(t, "postponed", Medium.Calendar, After(2));
        t = SlaRules.Resumed(SlaRules.Retermed(t, Urgent, After(3)), "restarted", Medium.Calendar, After(6));
        t.DueAt.ShouldBe(After(34));
        t = SlaRules.Assigned(t, Urgent, After(7));
        (t.DueAt, t.Sla.Resolution!.DueAt).ShouldBe((After(34), After(34)));
    }

    [Fact]
    public void A_due_time_set_while_the_response_stands_still_takes_nothing_from_it()
    {
        var t = SlaRules.DueSet(SlaRules.Paused(Submitted(Medium), "postponed", Medium.Calendar, After(1)), After(30), After(3), Medium.Calendar);
        t.Sla.Response!.Remaining(Medium.Calendar, After(5)).ShouldBe(TimeSpan.FromHours(3));
        t = SlaRules.Resumed(t, "restarted", Medium.Calendar, After(6));
        (t.ResponseDueAt, t.DueAt).ShouldBe((After(9), After(33)));
    }

    [Fact]
    public void A_pause_that_follows_another_at_once_is_no_less_counted()
    {
        var t = SlaRules.DueSet(Assigned(Medium), After(20), After(1), Medium.Calendar);
        t = SlaRules.Resumed(SlaRules.Paused(t, "waiting_approval", Medium.Calendar, After(2)), "approval_requested", Medium.Calendar, After(5));
        t = SlaRules.Resumed(SlaRules.Paused(t, "postponed", Medium.Calendar, After(5)), "restarted", Medium.Calendar, After(9));
        (t.DueAt, t.SlaPausedSeconds).ShouldBe((After(27), 7 * 3600));
    }

    [Theory]
    [InlineData(48, SlaOutcome.Met)]
    [InlineData(49, SlaOutcome.Breached)]
    public void Stopping_keeps_whether_it_was_met(double hours, SlaOutcome outcome)
    {
        var t = SlaRules.Stopped(Assigned(Medium), After(hours));
        t.Sla.Resolution!.Outcome.ShouldBe(outcome);
        var later = View(t, After(1000));
        later.IsBreached.ShouldBe(outcome == SlaOutcome.Breached);
        later.TimeRemaining.ShouldBe(TimeSpan.FromHours(48 - hours), "time no longer passes for it");
        Same(SlaRules.Stopped(t, After(60)), t);
        Same(SlaRules.Paused(t, "postponed", Medium.Calendar, After(60)), t);
    }

    [Fact]
    public void What_stood_still_when_it_was_stopped_is_judged_by_when_it_stood_still()
    {
        var t = SlaRules.Stopped(SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(40)), After(100));
        t.Sla.Resolution!.Outcome.ShouldBe(SlaOutcome.Met);
        (t.SlaPausedAt, t.SlaPausedSeconds).ShouldBe((null, 60 * 3600));
    }

    [Fact]
    public void Sent_back_to_work_it_goes_on_with_what_it_had_left()
    {
        var t = SlaRules.Reworked(SlaRules.Stopped(Assigned(Medium), After(10)), TimeSpan.FromHours(4), Medium.Calendar, After(20));
        (t.DueAt, t.SlaPausedSeconds, t.Sla.Resolution!.Outcome).ShouldBe((After(58), 10 * 3600, null));
        t.Sla.Resolution.Segments.Select(s => s.Why).ShouldBe(["assigned", "resolved", "reworked"]);
    }

    [Theory]
    [InlineData(47, false)]
    [InlineData(60, false)]
    [InlineData(47, true)]
    [InlineData(60, true)]
    public void Sent_back_to_work_it_has_the_least_at_least(double resolved, bool overridden)
    {
        var t = overridden ? SlaRules.DueSet(Assigned(Medium), After(48), After(1), Medium.Calendar) : Assigned(Medium);
        t = SlaRules.Reworked(SlaRules.Stopped(t, After(resolved)), TimeSpan.FromHours(4), Medium.Calendar, After(70));
        t.DueAt.ShouldBe(After(74));
        View(t, After(70)).IsBreached.ShouldBeFalse();
    }

    [Fact]
    public void Returned_to_the_queue_it_waits_and_assigned_again_it_goes_on()
    {
        var t = SlaRules.Paused(Assigned(Medium), "returned_to_queue", Medium.Calendar, After(10));
        t = SlaRules.Assigned(t, Urgent with { ResolutionMinutes = 24 * 60 }, After(15));
        (t.DueAt, t.SlaPausedAt, t.SlaPausedSeconds).ShouldBe((After(29), null, 5 * 3600));
        t.Sla.Resolution!.Segments.Select(s => s.Kind).ShouldBe([SlaSegmentKind.Running, SlaSegmentKind.Paused, SlaSegmentKind.Running]);
    }

    [Fact]
    public void Restarted_the_resolution_clock_begins_anew_also_after_a_due_time_by_hand()
    {
        var t = SlaRules.Restarted(SlaRules.DueSet(Assigned(Medium), After(90), After(1), Medium.Calendar), Urgent, After(30));
        (t.DueAt, t.DueOverridden, t.SlaPausedSeconds).ShouldBe((After(38), false, 0));
    }

    [Fact]
    public void Restarted_while_paused_it_stands_still_until_it_goes_on()
    {
        var t = SlaRules.Paused(Assigned(Medium), "postponed", Medium.Calendar, After(10));
        t = SlaRules.Restarted(t, Urgent, After(30));
        t.DueAt.ShouldBe(After(38));
        SlaRules.Resumed(t, "restarted", Urgent.Calendar, After(40)).DueAt.ShouldBe(After(48));
    }

    [Fact]
    public void Reopened_the_clocks_begin_anew()
    {
        var closed = SlaRules.Stopped(SlaRules.Resumed(SlaRules.Paused(SlaRules.DueSet(Assigned(Medium), After(9), After(1), Medium.Calendar), "postponed", Medium.Calendar, After(2)), "restarted", Medium.Calendar, After(4)), After(90));
        var t = SlaRules.Submitted(closed with { Sla = SlaClocks.None }, Medium, After(100));
        (t.ResponseDueAt, t.DueAt, t.DueOverridden, t.SlaPausedSeconds, t.Sla.Resolution).ShouldBe((After(104), null, false, 0, null));
        SlaRules.Assigned(t, Medium, After(101)).DueAt.ShouldBe(After(149));
    }

    [Fact]
    public void Undone_the_clocks_of_before_are_right_though_time_went_on()
    {
        var before = Assigned(Office);
        var postponed = SlaRules.Paused(before, "postponed", Office.Calendar, After(2));
        postponed.Sla.ShouldNotBe(before.Sla);

        // As the snapshot is kept and read again, ten minutes later.
        var restored = JsonSerializer.Deserialize<Ticket>(JsonSerializer.Serialize(before, Json.Tolerant), Json.Tolerant)!;
        var now = After(2).AddMinutes(10);
        restored.Sla.Resolution!.Used(Office.Calendar, now).ShouldBe(TimeSpan.FromMinutes(130));
        View(restored, now).TimeRemaining.ShouldBe(TimeSpan.FromHours(16) - TimeSpan.FromMinutes(130));
        (restored.DueAt, restored.SlaPausedAt).ShouldBe((Office.Calendar.Add(now, TimeSpan.FromHours(16) - TimeSpan.FromMinutes(130)), null));
    }

    [Fact]
    public void Without_a_template_the_clocks_only_measure()
    {
        var t = SlaRules.Assigned(SlaRules.Submitted(new Ticket(), SlaTerms.None, Monday), SlaTerms.None, Monday);
        (t.ResponseDueAt, t.DueAt, t.SlaTemplateId).ShouldBe((null, null, null));
        View(t, After(5)).ShouldSatisfyAllConditions(v => v.State.ShouldBeNull(), v => v.TimeRemaining.ShouldBeNull(), v => v.ResponseBreached.ShouldBeNull());
        SlaRules.Stopped(t, After(500)).Sla.Resolution!.Outcome.ShouldBe(SlaOutcome.Met);
    }

    [Fact]
    public void A_ticket_without_clocks_is_left_as_it_is()
    {
        var t = new Ticket { DueAt = After(3), SlaPausedSeconds = 60 };
        Same(SlaRules.Resumed(SlaRules.Paused(t, "postponed", WorkCalendar.RoundTheClock, Monday), "restarted", WorkCalendar.RoundTheClock, After(1)), t);
        Same(SlaRules.Stopped(SlaRules.Acknowledged(t, Monday), Monday), t);
        Same(SlaRules.Reworked(t, TimeSpan.FromHours(4), WorkCalendar.RoundTheClock, Monday), t);
    }

    [Theory]
    [InlineData(0, SlaState.Green, false)]
    [InlineData(23.9, SlaState.Green, false)]
    [InlineData(24, SlaState.Yellow, false)]
    [InlineData(36, SlaState.Yellow, false)]
    [InlineData(36.1, SlaState.Red, false)]
    [InlineData(48, SlaState.Red, false)]
    [InlineData(50, SlaState.Red, true)]
    public void The_colour_tells_how_much_is_left(double hours, SlaState state, bool breached)
    {
        var t = Assigned(Medium);
        var view = View(t, After(hours));
        (view.State, view.IsBreached, view.TimeRemaining).ShouldBe((state, breached, After(48) - After(hours)));
        SlaRules.WarnAt(t.Sla.Resolution!).ShouldBe(After(36));
    }

    [Fact]
    public void What_is_left_is_business_time_and_below_zero_once_breached()
    {
        var t = Assigned(Office);
        View(t, After(12)).TimeRemaining.ShouldBe(TimeSpan.FromHours(8), "the office is closed, and half is used");
        View(t, After(48 + 3)).ShouldSatisfyAllConditions(v => v.TimeRemaining.ShouldBe(TimeSpan.FromHours(-3)), v => v.IsBreached.ShouldBeTrue());
        var paused = SlaRules.Paused(t, "postponed", Office.Calendar, After(48 + 3));
        View(SlaRules.Resumed(paused, "restarted", Office.Calendar, After(72)), After(73)).TimeRemaining
            .ShouldBe(TimeSpan.FromHours(-4), "a pause after the breach does not count");
    }

    [Fact]
    public void A_due_time_from_elsewhere_is_shown_too()
    {
        var t = new Ticket { Status = TicketStatus.InProgress, SubmittedAt = Monday, DueAt = After(10) };
        View(t, After(6)).ShouldSatisfyAllConditions(v => v.State.ShouldBe(SlaState.Yellow), v => v.TimeRemaining.ShouldBe(TimeSpan.FromHours(4)));
        View(t with { ResolvedAt = After(11) }, After(50)).ShouldSatisfyAllConditions(v => v.IsBreached.ShouldBeTrue(), v => v.TimeRemaining.ShouldBe(TimeSpan.FromHours(-1)));
        SlaReading.Of(new Ticket(), Known, Monday).ShouldBeNull();
    }

    static Ticket Submitted(SlaTerms terms) => SlaRules.Submitted(new Ticket { Status = TicketStatus.Submitted, SubmittedAt = Monday }, terms, Monday);

    static Ticket Assigned(SlaTerms terms) => SlaRules.Assigned(Submitted(terms), terms, Monday);

    static DateTimeOffset After(double hours) => Monday.AddMinutes(Math.Round(hours * 60));

    static SlaView View(Ticket t, DateTimeOffset now) => SlaReading.Of(t, Known, now)!;

    static void Same(Ticket actual, Ticket expected) =>
        JsonSerializer.Serialize(actual, Json.Tolerant).ShouldBe(JsonSerializer.Serialize(expected, Json.Tolerant));
}
