using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Reports;

static class ExportWorkload
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/reports/workload.csv", Handle)
        .WithName(nameof(ExportWorkload))
        .WithTags("Reports")
        .WithSummary("What each department has in hand, as CSV; a head's own department (heads, moderators, analysts, approvers, admins)")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .WithProblems(Codes.Forbidden);

    static async Task Handle(Caller caller, ServiceDatabase db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var scope = Scope.Of(caller);
        if (scope.IsPersonal)
        {
            throw Refusal.Forbidden("This is for heads, moderators, analysts, approvers and admins.");
        }

        var loads = await db.ReadAsync(connection => Workload.ReadAsync(connection, scope, clock.GetUtcNow(), ct), ct, standby: true);
        var csv = Csv.Of(http.Response, "workload.csv", "code", "department", "head", "active", "overdue", "capacity", "usual_hours");
        foreach (var load in loads)
        {
            csv.Row(load.Department.Code, load.Department.Name, ExportTickets.Name(load.Head), load.Active, load.Overdue, load.Capacity, load.UsualHours);
        }

        await csv.SendAsync(ct);
    }
}
