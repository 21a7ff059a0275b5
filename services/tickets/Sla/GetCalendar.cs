using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class GetCalendar
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/calendars/{id:guid}", Handle)
        .WithName(nameof(GetCalendar))
        .WithTags("SLA")
        .WithSummary("One calendar, also a deleted one, since clocks may name it")
        .KnowsVersions()
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<CalendarView>> Handle(Guid id, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var row = await CalendarTable.Rows.FindAsync(connection, "WHERE r.id = @id", new { id }, ct) ?? throw Refusal.NotFound("calendar");
        return Answer.Read(row.View(), row.Version, preconditions);
    }, ct);
}
