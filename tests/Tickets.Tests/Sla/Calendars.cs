using Hdms.Contracts;

namespace Hdms.Tickets.Tests.Sla;

/// <summary>Calendars for tests.</summary>
static class Calendars
{
    /// <summary>Monday to Friday, 9 to 13 and 14 to 18; a holiday on 1 May 2026.</summary>
    public static readonly WorkCalendar Berlin = Office("Europe/Berlin");

    public static readonly WorkCalendar NewYork = Office("America/New_York");

    public static readonly WorkCalendar Karachi = Office("Asia/Karachi");

    public static WorkCalendar Office(string zone) =>
        Make(zone, day => day is 0 or 6 ? [] : [Range("09:00", "13:00"), Range("14:00", "18:00")], new DateOnly(2026, 5, 1));

    /// <summary>The same every day.</summary>
    public static WorkCalendar Daily(string zone, params (TimeSpan, TimeSpan)[] ranges) => Make(zone, _ => ranges);

    /// <param name="day">The ranges of a weekday, Sunday being 0.</param>
    public static WorkCalendar Make(string zone, Func<int, (TimeSpan, TimeSpan)[]> day, params DateOnly[] holidays) =>
        new(Guid.CreateVersion7(), TimeZoneInfo.FindSystemTimeZoneById(zone), [.. Enumerable.Range(0, 7).Select(day)], holidays);

    public static (TimeSpan, TimeSpan) Range(string from, string to) => (Time(from), Time(to));

    static TimeSpan Time(string text) => text == "24:00" ? TimeSpan.FromDays(1) : TimeSpan.Parse(text);
}
