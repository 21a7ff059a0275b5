using Hdms.Contracts;
using static Hdms.Tickets.Tests.Sla.Calendars;

namespace Hdms.Tickets.Tests.Sla;

public sealed class WorkCalendarTests
{
    [Theory]
    [InlineData("2026-01-05T12:30+01:00", "01:00", "2026-01-05T14:30+01:00")] // over the midday break
    [InlineData("2026-01-05T12:30+01:00", "00:30", "2026-01-05T13:00+01:00")] // the end of a range, not the beginning of the next
    [InlineData("2026-01-05T13:30+01:00", "01:00", "2026-01-05T15:00+01:00")] // begun within the break
    [InlineData("2026-01-09T16:00+01:00", "04:00", "2026-01-12T11:00+01:00")] // over a weekend
    [InlineData("2026-01-10T12:00+01:00", "08:00", "2026-01-12T18:00+01:00")] // begun on a Saturday
    [InlineData("2026-01-10T12:00+01:00", "00:00", "2026-01-10T12:00+01:00")] // nothing is added
    [InlineData("2026-04-30T17:00+02:00", "02:00", "2026-05-04T10:00+02:00")] // over a holiday and a weekend
    [InlineData("2026-05-01T10:00+02:00", "01:00", "2026-05-04T10:00+02:00")] // begun on a holiday
    [InlineData("2026-03-27T17:00+01:00", "02:00", "2026-03-30T10:00+02:00")] // the clocks went forward meanwhile
    [InlineData("2026-10-23T17:00+02:00", "02:00", "2026-10-26T10:00+01:00")] // and back
    public void Business_time_is_added_within_working_hours(string from, string business, string expected) =>
        Berlin.Add(At(from), TimeSpan.Parse(business)).ShouldBe(At(expected));

    [Theory]
    [InlineData("2026-01-05T08:00+01:00", "2026-01-05T20:00+01:00", 8)]
    [InlineData("2026-01-05T12:00+01:00", "2026-01-05T15:00+01:00", 2)]
    [InlineData("2026-01-09T18:00+01:00", "2026-01-12T09:00+01:00", 0)]
    [InlineData("2026-01-05T00:00+01:00", "2026-01-19T00:00+01:00", 80)]
    [InlineData("2026-04-27T00:00+02:00", "2026-05-04T00:00+02:00", 32)]
    [InlineData("2026-01-05T20:00+01:00", "2026-01-05T08:00+01:00", -8)]
    public void Business_time_between_two_moments_is_what_lies_in_working_hours(string from, string until, double hours) =>
        Berlin.Between(At(from), At(until)).ShouldBe(TimeSpan.FromHours(hours));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", 5)]
    [InlineData("Europe/Berlin", "2026-10-25", 7)]
    [InlineData("America/New_York", "2026-03-08", 5)]
    [InlineData("America/New_York", "2026-11-01", 7)]
    [InlineData("Asia/Karachi", "2026-03-29", 6)]
    [InlineData("Asia/Karachi", "2026-10-25", 6)]
    [InlineData("Europe/Berlin", "2026-06-01", 6)]
    public void A_range_in_which_the_clocks_are_changed_has_an_hour_less_or_more(string zone, string day, int hours)
    {
        var nights = Make(zone, _ => [Range("00:00", "06:00")]);
        var (from, until) = DayIn(zone, day);
        nights.Between(from, until).ShouldBe(TimeSpan.FromHours(hours));
        nights.Add(from, TimeSpan.FromHours(hours)).ShouldBe(At($"{day}T06:00Z") - TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(until.AddHours(-12)));
    }

    [Theory]
    [InlineData("2026-03-29", "02:30", "06:00", "01:00Z", "04:00Z")] // begins when the clocks are put forward
    [InlineData("2026-03-29", "01:00", "02:30", "00:00Z", "01:00Z")] // ends then
    [InlineData("2026-10-25", "02:30", "06:00", "00:30Z", "05:00Z")] // begins at the first of two 02:30
    [InlineData("2026-10-25", "01:00", "02:30", "-01:00Z", "00:30Z")] // ends there
    public void A_range_that_begins_or_ends_where_the_clocks_are_changed_follows_the_rule(string day, string start, string end, string from, string to)
    {
        var calendar = Daily("Europe/Berlin", Range(start, end));
        var (midnight, next) = DayIn("Europe/Berlin", day);
        var begin = from.StartsWith('-') ? At($"{day}T00:00Z").AddHours(-1) : At($"{day}T{from}");
        calendar.Between(midnight, begin).ShouldBe(TimeSpan.Zero);
        calendar.Between(midnight, begin.AddMinutes(1)).ShouldBe(TimeSpan.FromMinutes(1));
        calendar.Between(begin, next).ShouldBe(At($"{day}T{to}") - begin);
        calendar.Between(At($"{day}T{to}"), next).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_range_that_is_left_out_altogether_has_nothing_that_day()
    {
        var calendar = Daily("Europe/Berlin", Range("02:15", "02:45"));
        var (from, until) = DayIn("Europe/Berlin", "2026-03-29");
        calendar.Between(from, until).ShouldBe(TimeSpan.Zero);
        calendar.Add(from, TimeSpan.FromMinutes(30)).ShouldBe(At("2026-03-30T02:45+02:00"));
    }

    [Fact]
    public void Ranges_that_meet_at_midnight_go_on_over_it() =>
        Daily("Asia/Karachi", Range("00:00", "02:00"), Range("18:00", "24:00"))
            .Between(At("2026-01-05T22:00+05:00"), At("2026-01-06T01:00+05:00")).ShouldBe(TimeSpan.FromHours(3));

    [Fact]
    public void Years_are_measured_in_an_instant()
    {
        var from = At("2016-01-04T00:00Z");
        var until = Berlin.Add(from, TimeSpan.FromHours(20_000));
        until.ShouldBeGreaterThan(from.AddYears(9));
        Berlin.Between(from, until).ShouldBe(TimeSpan.FromHours(20_000));
        Berlin.Between(from, DateTimeOffset.MaxValue).ShouldBeGreaterThan(TimeSpan.FromHours(200_000), "a century is looked at, and then no farther");
    }

    [Fact]
    public void A_calendar_without_working_hours_is_refused() => Should.Throw<ArgumentException>(() => Daily("UTC"));

    [Theory]
    [InlineData("09:00", "12:00", "11:00", "13:00")]
    [InlineData("09:00", "09:00", "11:00", "13:00")]
    [InlineData("12:00", "09:00", "13:00", "14:00")]
    public void Ranges_that_overlap_or_are_empty_are_refused(string from, string to, string from2, string to2) =>
        Should.Throw<ArgumentException>(() => Daily("UTC", Range(from, to), Range(from2, to2)));

    [Fact]
    public void Round_the_clock_every_hour_counts()
    {
        var from = At("2026-03-28T12:00Z");
        WorkCalendar.RoundTheClock.Add(from, TimeSpan.FromHours(48)).ShouldBe(from.AddHours(48));
        WorkCalendar.RoundTheClock.Between(from, from.AddHours(-3)).ShouldBe(TimeSpan.FromHours(-3));
    }

    static DateTimeOffset At(string text) => DateTimeOffset.Parse(text);

    /// <summary>From midnight to midnight there.</summary>
    static (DateTimeOffset From, DateTimeOffset Until) DayIn(string zone, string day)
    {
        var there = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var midnight = DateTime.Parse(day);
        return (new DateTimeOffset(midnight, there.GetUtcOffset(midnight)), new DateTimeOffset(midnight.AddDays(1), there.GetUtcOffset(midnight.AddDays(1))));
    }
}
