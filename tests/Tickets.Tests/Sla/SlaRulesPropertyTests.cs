using FsCheck;
using FsCheck.Fluent;
using Hdms.Contracts;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Sla;

public sealed class SlaRulesPropertyTests
{
    static readonly TimeSpan Least = TimeSpan.FromHours(4);

    [Fact]
    public void Whatever_happens_the_clocks_add_up() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(Lives().ToArbitrary(), life =>
        {
            foreach (var (ticket, now) in life.Run(0))
            {
                AddsUp(ticket, ticket.Sla.Response, life, now);
                AddsUp(ticket, ticket.Sla.Resolution, life, now);
                AgreesWithItsClocks(ticket, now);
            }
        }));

    [Fact]
    public void A_larger_budget_is_never_due_earlier() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll((from life in Lives() from more in Gen.Choose(1, 3000) select (life, more)).ToArbitrary(), x =>
        {
            foreach (var (less, more) in x.life.Run(0).Zip(x.life.Run(x.more)))
            {
                IsNotEarlier(less.Ticket.DueAt, more.Ticket.DueAt);
                IsNotEarlier(less.Ticket.ResponseDueAt, more.Ticket.ResponseDueAt);
            }
        }));

    static void AddsUp(Ticket ticket, SlaClock? clock, Life life, DateTimeOffset now)
    {
        if (clock is null)
            return;
        var calendar = life.CalendarOf(clock);
        clock.Segments.ShouldNotBeEmpty();
        foreach (var (before, after) in clock.Segments.Zip(clock.Segments.Skip(1)))
            before.Until.ShouldBe(after.From);
        clock.Segments.ShouldAllBe(s => s.From <= (s.Until ?? now));
        clock.Segments[^1].Until.HasValue.ShouldBe(clock.Outcome.HasValue);

        // Every business minute since it began is used or paused.
        var until = clock.Segments[^1].Until ?? now;
        var paused = clock.Segments.Where(s => s.Kind == SlaSegmentKind.Paused).Aggregate(TimeSpan.Zero, (sum, s) => sum + calendar.Between(s.From, s.Until ?? now));
        (clock.Used(calendar, now) + paused).ShouldBe(calendar.Between(clock.Segments[0].From, until));

        var overridden = ticket.DueOverridden && clock == ticket.Sla.Resolution;
        if (clock is { BudgetMinutes: { } minutes, DueAt: { } due } && !overridden && clock.Reading(now) <= due)
            (clock.Used(calendar, now) + clock.Remaining(calendar, now)).ShouldBe(TimeSpan.FromMinutes(minutes));
        if (clock.DueAt is { } at)
            clock.WarnAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(at);
    }

    static void AgreesWithItsClocks(Ticket ticket, DateTimeOffset now)
    {
        var (response, resolution) = ticket.Sla;
        ticket.ResponseDueAt.ShouldBe(response?.DueAt);
        if (resolution is null)
            return;
        ticket.DueAt.ShouldBe(resolution.DueAt);
        ticket.SlaTemplateId.ShouldBe(resolution.TemplateId);
        ticket.SlaPausedAt.HasValue.ShouldBe(resolution.IsPaused());
        var paused = resolution.Segments.Where(s => s.Kind == SlaSegmentKind.Paused).Sum(s => ((s.Until ?? now) - s.From).TotalSeconds);
        (ticket.SlaPausedSeconds + (ticket.SlaPausedAt is { } since ? (now - since).TotalSeconds : 0)).ShouldBe(paused);
    }

    static void IsNotEarlier(DateTimeOffset? less, DateTimeOffset? more)
    {
        more.HasValue.ShouldBe(less.HasValue);
        if (less is { } earlier)
            more!.Value.ShouldBeGreaterThanOrEqualTo(earlier);
    }

    static Gen<Life> Lives() =>
        from calendars in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant(WorkCalendar.RoundTheClock)), (3, WorkCalendarPropertyTests.AnyCalendar())), 2)
        from budgets in Gen.ArrayOf(Gen.Choose(1, 6000), 4)
        from start in WorkCalendarPropertyTests.Moment()
        from steps in Steps().ListOf()
        select new Life(
            start,
            [.. calendars.Select((c, i) => new SlaTerms(Guid.CreateVersion7(), Math.Min(budgets[2 * i], budgets[(2 * i) + 1]), Math.Max(budgets[2 * i], budgets[(2 * i) + 1]), c))],
            [.. steps]);

    static Gen<Step> Steps() =>
        from what in Gen.Elements(Enum.GetValues<What>())
        from minutes in Gen.Frequency((1, Gen.Constant(0)), (6, Gen.Choose(1, 3000)))
        from terms in Gen.Choose(0, 1)
        from due in Gen.Choose(-500, 9000)
        select new Step(what, minutes, terms, due);

    enum What
    {
        Assigned,
        Acknowledged,
        Paused,
        Resumed,
        Stopped,
        Reworked,
        Retermed,
        Restarted,
        DueSet,
    }

    sealed record Step(What What, int Minutes, int Terms, int Due);

    sealed record Life(DateTimeOffset Start, SlaTerms[] Terms, Step[] Steps)
    {
        public WorkCalendar CalendarOf(SlaClock? clock) => Terms.FirstOrDefault(t => t.Calendar.Id == clock?.CalendarId)?.Calendar ?? WorkCalendar.RoundTheClock;

        /// <param name="more">Minutes by which every budget is larger.</param>
        public IEnumerable<(Ticket Ticket, DateTimeOffset Now)> Run(int more)
        {
            var terms = Terms.Select(t => t with { ResponseMinutes = t.ResponseMinutes + more, ResolutionMinutes = t.ResolutionMinutes + more }).ToArray();
            var now = Start;
            var ticket = SlaRules.Submitted(new Ticket(), terms[0], now);
            yield return (ticket, now);
            foreach (var step in Steps)
            {
                now = now.AddMinutes(step.Minutes);
                var calendar = CalendarOf(ticket.Sla.Resolution ?? ticket.Sla.Response);
                ticket = step.What switch
                {
                    What.Assigned => SlaRules.Assigned(ticket, terms[step.Terms], now),
                    What.Acknowledged => SlaRules.Acknowledged(ticket, now),
                    What.Paused => SlaRules.Paused(ticket, "postponed", calendar, now),
                    What.Resumed => SlaRules.Resumed(ticket, "restarted", calendar, now),
                    What.Stopped => SlaRules.Stopped(ticket, now),
                    What.Reworked => SlaRules.Reworked(ticket, Least, calendar, now),
                    What.Retermed => SlaRules.Retermed(ticket, terms[step.Terms], now),
                    What.Restarted => SlaRules.Restarted(ticket, terms[step.Terms], now),
                    _ => SlaRules.DueSet(ticket, now.AddMinutes(step.Due), now, calendar),
                };
                yield return (ticket, now);
            }
        }
    }
}
