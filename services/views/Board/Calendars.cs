using System.Text.Json;
using Hdms.Contracts;

namespace Hdms.Views.Board;

/// <summary>The calendars by which clocks run; there are few, so all are read.</summary>
static class Calendars
{
    public const string Sql = "SELECT row_to_json(c)::text FROM view_calendars AS c";

    public static IReadOnlyDictionary<Guid, WorkCalendar> Read(IEnumerable<string> rows) =>
        rows.Select(r => JsonSerializer.Deserialize<HeardCalendar>(r, Json.Tolerant)!).ToDictionary(c => c.Id, WorkCalendar.Of);

    sealed record HeardCalendar : CalendarState;
}
