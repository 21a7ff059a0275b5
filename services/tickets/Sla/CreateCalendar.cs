using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class CreateCalendar
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/calendars", Handle)
        .WithName(nameof(CreateCalendar))
        .WithTags("SLA")
        .WithSummary("Adds the calendar of a department, or the organisation's: the hours that count for new clocks (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.AlreadyExists);

    static async Task<Answer<CalendarView>> Handle(
        CreateCalendarRequest request, Caller caller, UsersDirectory users, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var asked = new Calendar
        {
            Name = request.Name,
            TimeZone = request.TimeZone,
            Hours = request.Hours,
            Holidays = request.Holidays ?? [],
            DepartmentId = request.DepartmentId,
        }.Tidied();
        var check = new Checks();
        asked.Check(check);
        check.Done();
        if (asked.DepartmentId is { } department)
        {
            await users.DepartmentAsync(department, "department_id", ct);
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var row = await CalendarTable.InsertAsync<CalendarCreated>(unit, asked);
            return Answer.Created($"{Service.Api}/calendars/{row.Id}", row.View(), row.Version);
        }, ct);
    }
}
