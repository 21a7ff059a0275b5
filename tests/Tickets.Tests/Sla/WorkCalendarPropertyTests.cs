using FsCheck;
using FsCheck.Fluent;
using Hdms.Contracts;

namespace Hdms.Tickets.Tests.Sla;

public sealed class WorkCalendarPropertyTests
{
    static readonly DateTimeOffset First = new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Changed by an hour, by half an hour, at midnight, by a whole day some years ago, and never.</summary>
    static readonly string[] Zones =
        ["Europe/Berlin", "America/New_York", "Asia/Karachi", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "America/Santiago", "Pacific/Apia", "UTC"];

    [Fact]
    public void Business_time_is_additive() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll((from c in AnyCalendar() from t in Gen.ArrayOf(Moment(), 3) select (c, t)).ToArbitrary(), x =>
            (x.c.Between(x.t[0], x.t[1]) + x.c.Between(x.t[1], x.t[2])).ShouldBe(x.c.Between(x.t[0], x.t[2]))));

    [Fact]
    public void What_was_added_lies_between() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll((from c in AnyCalendar() from t in Moment() from a in Amount() select (c, t, a)).ToArbitrary(), x =>
        {
            var until = x.c.Add(x.t, x.a);
            x.c.Between(x.t, until).ShouldBe(x.a);
            x.c.Add(x.t, x.c.Between(x.t, until)).ShouldBe(until);
            x.c.Add(x.t, x.a + TimeSpan.FromMinutes(1)).ShouldBeGreaterThan(until);
        }));

    [Fact]
    public void A_calendar_of_whole_days_is_the_time_that_passes_whatever_the_clocks_do() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll((from z in Gen.Elements(Zones) from t in Gen.ArrayOf(Moment(), 2) select (z, t)).ToArbitrary(), x =>
        {
            var halves = Calendars.Daily(x.z, Calendars.Range("00:00", "02:30"), Calendars.Range("02:30", "24:00"));
            halves.Between(x.t[0], x.t[1]).ShouldBe(x.t[1] - x.t[0]);
        }));

    [Fact]
    public void A_day_that_was_left_out_of_the_calendar_has_no_hours()
    {
        // Samoa went from 29 to 31 December 2011.
        var from = new DateTimeOffset(2011, 12, 29, 0, 0, 0, TimeSpan.FromHours(-10));
        Calendars.Daily("Pacific/Apia", Calendars.Range("00:00", "24:00")).Between(from, from.AddHours(48)).ShouldBe(TimeSpan.FromHours(48));
        Calendars.Daily("Pacific/Apia", Calendars.Range("09:00", "17:00")).Between(from, from.AddHours(48)).ShouldBe(TimeSpan.FromHours(16));
    }

    internal static Gen<WorkCalendar> AnyCalendar() =>
        from zone in Gen.Elements(Zones)
        from week in Gen.ArrayOf(AnyDay(), 7)
        from spare in AnyRange()
        from holidays in Gen.Choose(0, 700).ListOf(5)
        select Calendars.Make(
            zone,
            day => day == 3 && week.All(d => d.Length == 0) ? [spare] : week[day],
            [.. holidays.Select(DateOnly.FromDateTime(First.Date).AddDays)]);

    internal static Gen<DateTimeOffset> Moment() => Gen.Choose(0, 700 * 24 * 60).Select(m => First.AddMinutes(m));

    static Gen<TimeSpan> Amount() => Gen.Choose(1, 400 * 60).Select(m => TimeSpan.FromMinutes(m));

    static Gen<(TimeSpan, TimeSpan)[]> AnyDay() =>
        Gen.Frequency((1, Gen.Constant(Array.Empty<(TimeSpan, TimeSpan)>())), (3, AnyRange().Select(r => new[] { r })), (3, Split()));

    static Gen<(TimeSpan, TimeSpan)> AnyRange() =>
        from start in Gen.Choose(0, 1439) from length in Gen.Choose(1, 1440 - start) select (TimeSpan.FromMinutes(start), TimeSpan.FromMinutes(start + length));

    static Gen<(TimeSpan, TimeSpan)[]> Split() =>
        from cuts in Gen.ArrayOf(Gen.Choose(0, 1440), 4)
        let c = cuts.Order().ToArray()
        select new[] { (c[0], c[1]), (c[2], c[3]) }.Where(r => r.Item1 < r.Item2).Select(r => (TimeSpan.FromMinutes(r.Item1), TimeSpan.FromMinutes(r.Item2))).ToArray();
}
