using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class DeleteCalendar
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/calendars/{id:guid}", Handle)
        .WithName(nameof(DeleteCalendar))
        .WithTags("SLA")
        .WithSummary("Deletes a calendar; clocks that go by it go on so (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await CalendarTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            await CalendarTable.SaveAsync<CalendarDeleted>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
    }
}
