using System.Text.Json;
using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Sla;

/// <summary>A calendar, as the row says, and the rules about one alone.</summary>
sealed partial record Calendar : CalendarState, IThingRow<Calendar>
{
    const int MostHolidays = 1000;
    const int MostRangesPerDay = 10;

    public long Version { get; init; }

    /// <summary>What the clocks go by.</summary>
    public WorkCalendar AtWork() => WorkCalendar.Of(this);

    public void Check(Checks check)
    {
        check.Text("name", Name, 100);
        if (check.Text("time_zone", TimeZone, 60))
        {
            check.That(
                "time_zone",
                ZonePattern().IsMatch(TimeZone) && TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _),
                "is no time zone of the IANA database, such as Asia/Karachi");
        }

        foreach (var day in Enum.GetValues<DayOfWeek>())
        {
            CheckDay(check, $"hours.{JsonNamingPolicy.SnakeCaseLower.ConvertName(day.ToString())}", Hours.Days[(int)day]);
        }

        check.That("hours", Hours.Days.Any(day => day.Count > 0), "must have a range on one day at least");
        check.That("holidays", Holidays.Count <= MostHolidays, $"must be {MostHolidays} at most");
    }

    /// <summary>Without spaces around the name; ranges and holidays in order, each holiday once.</summary>
    public Calendar Tidied() => this with
    {
        Name = Name?.Trim() ?? "",
        TimeZone = TimeZone?.Trim() ?? "",
        Hours = new WorkWeek
        {
            Monday = InOrder(Hours.Monday),
            Tuesday = InOrder(Hours.Tuesday),
            Wednesday = InOrder(Hours.Wednesday),
            Thursday = InOrder(Hours.Thursday),
            Friday = InOrder(Hours.Friday),
            Saturday = InOrder(Hours.Saturday),
            Sunday = InOrder(Hours.Sunday),
        },
        Holidays = [.. Holidays.Distinct().Order()],
    };

    public Calendar Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };

    public CalendarView View() => new(Id, Name, TimeZone, Hours, Holidays, DepartmentId, IsDeleted, DeletedAt, CreatedAt, UpdatedAt, Version);

    static void CheckDay(Checks check, string field, IReadOnlyList<WorkRange> day)
    {
        var ranges = day.Select(r => (From: WorkCalendar.Time(r.From), To: WorkCalendar.Time(r.To))).ToArray();
        if (check.That(field, ranges.Length <= MostRangesPerDay, $"must have {MostRangesPerDay} ranges at most")
            && check.That(field, ranges.All(r => r.From < r.To), "takes ranges from 00:00 to 24:00 whose end is after their start, as 09:00 to 13:00"))
        {
            check.That(field, ranges.Zip(ranges.Skip(1)).All(pair => pair.First.To <= pair.Second.From), "has ranges that overlap");
        }
    }

    static WorkRange[] InOrder(IReadOnlyList<WorkRange> day) => [.. day.OrderBy(r => r.From, StringComparer.Ordinal)];

    /// <summary>Zones are found by name among files, so that a name must be no path to somewhere else.</summary>
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}\z", RegexOptions.None, 1000)]
    private static partial Regex ZonePattern();
}
