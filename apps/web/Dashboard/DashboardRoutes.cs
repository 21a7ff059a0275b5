using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Dashboard;

/// <summary>The figures of what somebody may see; every one of them leads to the list behind it.</summary>
static class DashboardRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/dashboard", ShowAsync);
        pages.MapGet("/dashboard/trend.csv", async (HttpContext http, ApiClient api, CancellationToken ct) =>
            await SendAsync(http, "trend.csv", ["day", "submitted", "resolved", "breached"], (await ReadAsync(api, ct)).Trend.Select(d => new object?[] { d.Day, d.Submitted, d.Resolved, d.Breached })));
        pages.MapGet("/dashboard/workload.csv", async (HttpContext http, ApiClient api, CancellationToken ct) =>
            await SendAsync(http, "workload.csv", ["department", "head", "active", "overdue", "capacity", "usual_hours"], (await ReadAsync(api, ct)).Workload.Select(w => new object?[] { w.Department.Name, w.Head is null ? null : Words.Of(w.Head), w.Active, w.Overdue, w.Capacity, w.UsualHours })));
    }

    static Task<DashboardView> ReadAsync(ApiClient api, CancellationToken ct) => api.GetAsync<DashboardView>("/dashboard", ct);

    static async Task<IResult> ShowAsync(ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<DashboardView>(HttpMethod.Get, "/dashboard", null, ct);
        if (answer.Problem is { Status: 401 } over)
            throw new ApiException(over);
        return Pages.Show<DashboardPage>(new() { ["Data"] = answer.Value, ["Problem"] = answer.Problem }, answer.Problem?.Status ?? 200);
    }

    static async Task SendAsync(HttpContext http, string name, string[] columns, IEnumerable<object?[]> rows)
    {
        var csv = Csv.Of(http.Response, name, columns);
        foreach (var row in rows)
            csv.Row(row);
        await csv.SendAsync(http.RequestAborted);
    }
}
