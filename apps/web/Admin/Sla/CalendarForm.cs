using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Forms;

namespace Hdms.Web.Admin.Sla;

/// <summary>A week and its holidays as somebody types them: <c>09:00-13:00, 14:00-17:00</c>, and a day on each line.</summary>
static class CalendarForm
{
    public static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    public static readonly Filled New = Filled.With([("time_zone", "Asia/Karachi"), .. Days.Take(5).Select(d => ($"hours.{d}", (string?)"09:00-17:00"))]);

    public static Filled Of(CalendarView calendar) => Filled.With(
    [
        ("name", calendar.Name), ("time_zone", calendar.TimeZone), ("holidays", string.Join('\n', calendar.Holidays.Select(h => h.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))),
        .. Days.Select(d => ($"hours.{d}", (string?)Text(RangesOf(calendar.Hours, d)))),
    ]);

    /// <summary>The request's body, or the field that can't be read.</summary>
    public static (JsonObject? Body, string Field, string Why) Read(Filled form)
    {
        var hours = new JsonObject();
        foreach (var day in Days)
        {
            var ranges = new JsonArray();
            foreach (var part in form.Of($"hours.{day}").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (part.Split('-', '–') is not [var from, var to])
                    return (null, $"hours.{day}", $"'{part}' is no range of hours, as 09:00-13:00.");
                ranges.Add(new JsonObject { ["from"] = Padded(from), ["to"] = Padded(to) });
            }

            hours[day] = ranges;
        }

        var holidays = new JsonArray();
        foreach (var line in form.Of("holidays").Split(['\n', ',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!DateOnly.TryParseExact(line, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                return (null, "holidays", $"'{line}' is no day, as 2026-03-23.");
            holidays.Add(line);
        }

        return (new JsonObject { ["name"] = form.Of("name"), ["time_zone"] = form.Of("time_zone"), ["hours"] = hours, ["holidays"] = holidays }, "", "");
    }

    /// <summary>A week in one line: days that are alike together.</summary>
    public static string Summary(WorkWeek week)
    {
        var parts = new List<string>();
        for (var i = 0; i < Days.Length;)
        {
            var text = Text(RangesOf(week, Days[i]));
            var end = i;
            while (end + 1 < Days.Length && Text(RangesOf(week, Days[end + 1])) == text)
                end++;
            if (text.Length > 0)
                parts.Add($"{Short(Days[i])}{(end == i ? "" : $"–{Short(Days[end])}")} {text}");
            i = end + 1;
        }

        return string.Join("; ", parts);
    }

    static string Short(string day) => $"{char.ToUpperInvariant(day[0])}{day[1..3]}";

    static string Text(IEnumerable<WorkRange> ranges) => string.Join(", ", ranges.Select(r => $"{r.From}-{r.To}"));

    static string Padded(string time) => time.Trim() is { Length: 4 } text && text[1] == ':' ? "0" + text : time.Trim();

    static IReadOnlyList<WorkRange> RangesOf(WorkWeek week, string day) => week.Days[(int)Enum.Parse<DayOfWeek>(day, ignoreCase: true)];
}
