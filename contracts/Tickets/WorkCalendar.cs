using System.Collections.Frozen;
using System.Globalization;

namespace Hdms.Contracts;

/// <summary>
/// Which hours count (DOMAIN.md section 2, Calendar). Business time is the time that really passes within the local ranges: where
/// the clocks are changed within a range, that day has as much more or less. A range's start and end are each the first moment at
/// which the clocks there show that time or a later one: a time that comes twice means its first coming, one that is left out means
/// the moment of the change.
/// </summary>
public sealed class WorkCalendar
{
    /// <summary>Every hour counts.</summary>
    public static readonly WorkCalendar RoundTheClock = new();

    /// <summary>Nothing is looked for farther away than a century, so that an odd calendar can't keep anybody busy.</summary>
    const int FarthestDays = 36_525;

    static readonly TimeSpan WholeDay = TimeSpan.FromHours(24);

    readonly TimeZoneInfo _zone = TimeZoneInfo.Utc;
    readonly (TimeSpan From, TimeSpan To)[][] _week = [];
    readonly FrozenSet<DateOnly> _holidays = FrozenSet<DateOnly>.Empty;

    WorkCalendar()
    {
    }

    /// <param name="ranges">By weekday, Sunday first.</param>
    /// <exception cref="ArgumentException">No hour would ever count, or ranges are not one after the other within a day.</exception>
    public WorkCalendar(Guid id, TimeZoneInfo zone, IReadOnlyList<IReadOnlyList<(TimeSpan From, TimeSpan To)>> ranges, IEnumerable<DateOnly> holidays)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        Id = id;
        _zone = zone;
        _week = [.. ranges.Select(day => day.OrderBy(r => r.From).ToArray())];
        _holidays = holidays.ToFrozenSet();
        if (_week.Length != 7 || Array.TrueForAll(_week, day => day.Length == 0) || !Array.TrueForAll(_week, AreInOrder))
        {
            throw new ArgumentException("A calendar takes seven days of ranges that follow each other, and one range at least.", nameof(ranges));
        }
    }

    /// <summary>A calendar as its owner has checked it.</summary>
    public static WorkCalendar Of(CalendarState calendar)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        return new(
            calendar.Id,
            TimeZoneInfo.FindSystemTimeZoneById(calendar.TimeZone),
            [.. calendar.Hours.Days.Select(day => day.Select(r => (Time(r.From)!.Value, Time(r.To)!.Value)).ToArray())],
            calendar.Holidays);
    }

    /// <summary>The time of day that a range names; null for text that is none.</summary>
    public static TimeSpan? Time(string? text) =>
        text == "24:00" ? TimeSpan.FromDays(1)
        : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToTimeSpan()
        : null;

    /// <summary>Null for round the clock.</summary>
    public Guid? Id { get; }

    /// <summary>When <paramref name="business"/> time after <paramref name="from"/> has passed: the end of a range rather than the beginning of the next.</summary>
    public DateTimeOffset Add(DateTimeOffset from, TimeSpan business)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(business, TimeSpan.Zero);
        if (Id is null || business == TimeSpan.Zero)
        {
            return from + business;
        }

        var left = business;
        foreach (var (begin, end) in Ranges(from))
        {
            if (end - begin >= left)
            {
                return begin + left;
            }

            left -= end - begin;
        }

        return from.AddDays(FarthestDays);
    }

    /// <summary>The business time between the two; below zero when <paramref name="until"/> is the earlier one.</summary>
    public TimeSpan Between(DateTimeOffset from, DateTimeOffset until)
    {
        if (Id is null)
        {
            return until - from;
        }

        if (until < from)
        {
            return -Between(until, from);
        }

        var sum = TimeSpan.Zero;
        foreach (var (begin, end) in Ranges(from))
        {
            if (begin >= until)
            {
                break;
            }

            sum += (end < until ? end : until) - begin;
        }

        return sum;
    }

    /// <summary>The stretches that count after <paramref name="from"/>, in order.</summary>
    IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Ranges(DateTimeOffset from)
    {
        // From the day before, in case the clocks were put back over midnight.
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, _zone).DateTime).AddDays(-1);
        var start = Moment(day, TimeSpan.Zero);
        for (var last = LastAfter(day); day < last; day = day.AddDays(1))
        {
            var next = Moment(day.AddDays(1), TimeSpan.Zero);
            if (next > from && !_holidays.Contains(day))
            {
                var plain = next - start == WholeDay;
                foreach (var range in _week[(int)day.DayOfWeek])
                {
                    var begin = plain ? start + range.From : Moment(day, range.From);
                    var end = plain ? start + range.To : Moment(day, range.To);
                    begin = begin > from ? begin : from;
                    if (begin < end)
                    {
                        yield return (begin, end);
                    }
                }
            }

            start = next;
        }
    }

    static DateOnly LastAfter(DateOnly day) =>
        day.DayNumber < DateOnly.MaxValue.DayNumber - FarthestDays - 2 ? day.AddDays(FarthestDays) : DateOnly.MaxValue.AddDays(-2);

    /// <summary>The first moment at which the clocks there show this time or a later one.</summary>
    DateTimeOffset Moment(DateOnly day, TimeSpan time)
    {
        // Zones are 14 hours from UTC at the most, and no two changes are so near to each other.
        var shown = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue) + time, TimeSpan.Zero);
        DateTimeOffset before = shown.AddHours(-15), after = shown.AddHours(15);
        TimeSpan old = _zone.GetUtcOffset(before), now = _zone.GetUtcOffset(after);
        if (old == now)
        {
            return shown - old;
        }

        while (after - before > TimeSpan.FromTicks(1))
        {
            var middle = before + ((after - before) / 2);
            (before, after) = _zone.GetUtcOffset(middle) == old ? (middle, after) : (before, middle);
        }

        return shown - old < after ? shown - old : shown - now > after ? shown - now : after;
    }

    static bool AreInOrder((TimeSpan From, TimeSpan To)[] day) =>
        Array.TrueForAll(day, r => TimeSpan.Zero <= r.From && r.From < r.To && r.To <= WholeDay)
        && day.Zip(day.Skip(1)).All(pair => pair.First.To <= pair.Second.From);
}
