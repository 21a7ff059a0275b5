using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class ChangeCalendar
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/calendars/{id:guid}", Handle)
        .WithName(nameof(ChangeCalendar))
        .WithTags("SLA")
        .WithSummary("Changes members of a calendar: those that are absent stay; due times follow when their clock is next moved (admin)")
        .Accepts<ChangeCalendarRequest>("application/json", "application/merge-patch+json")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<CalendarView>> Handle(
        Guid id, ChangeCalendarRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await CalendarTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            var after = (before with
            {
                Name = request.Name.Or(before.Name),
                TimeZone = request.TimeZone.Or(before.TimeZone),
                Hours = request.Hours ?? before.Hours,
                Holidays = request.Holidays ?? before.Holidays,
            }).Tidied();
            var check = new Checks();
            after.Check(check);
            check.Done();
            var row = IsSame(before, after) ? before : await CalendarTable.SaveAsync<CalendarChanged>(unit, before, after);
            return Answer.Ok(row.View(), row.Version);
        }, ct);
    }

    /// <summary>By what is written, since lists are equal only to themselves.</summary>
    static bool IsSame(Calendar before, Calendar after) =>
        JsonSerializer.Serialize(before, Json.Tolerant) == JsonSerializer.Serialize(after, Json.Tolerant);
}
