using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Dashboard;

static class ShowDashboard
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/dashboard", Handle)
        .WithName(nameof(ShowDashboard))
        .WithTags("Dashboard")
        .WithSummary("Figures of the caller's own tickets, of their department's, or of all, by role; up to half a minute old")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<DashboardView>> Handle(Caller caller, ServiceDatabase db, Cache cache, ViewsRules rules, TimeProvider clock, CancellationToken ct)
    {
        var scope = Scope.Of(caller);
        return Answer.Ok(await (scope.IsPersonal
            ? ReadAsync(ct)
            : cache.GetAsync($"dashboard:{scope.Name}", ViewsRules.FiguresLast, ReadAsync, ct)));

        Task<DashboardView> ReadAsync(CancellationToken token) =>
            db.ReadAsync(connection => Figures.ReadAsync(connection, scope, rules, clock.GetUtcNow(), token), token, standby: true);
    }
}
