using System.Globalization;
using System.Text;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Dashboard;

/// <summary>The figures of what somebody may see; every one of them leads to the list behind it.</summary>
static class DashboardRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/dashboard", ShowAsync);
        pages.MapGet("/dashboard/trend.csv", async (ApiClient api, CancellationToken ct) =>
            Csv("trend.csv", ["day", "submitted", "resolved", "breached"], (await ReadAsync(api, ct)).Trend.Select(d => new object?[] { d.Day, d.Submitted, d.Resolved, d.Breached })));
        pages.MapGet("/dashboard/workload.csv", async (ApiClient api, CancellationToken ct) =>
            Csv("workload.csv", ["department", "head", "active", "overdue", "capacity", "usual_hours"], (await ReadAsync(api, ct)).Workload.Select(w => new object?[] { w.Department.Name, w.Head is null ? null : Words.Of(w.Head), w.Active, w.Overdue, w.Capacity, w.UsualHours })));
    }

    static Task<DashboardView> ReadAsync(ApiClient api, CancellationToken ct) => api.GetAsync<DashboardView>("/dashboard", ct);

    static async Task<IResult> ShowAsync(ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<DashboardView>(HttpMethod.Get, "/dashboard", null, ct);
        if (answer.Problem is { Status: 401 } over)
            throw new ApiException(over);
        return Pages.Show<DashboardPage>(new() { ["Data"] = answer.Value, ["Problem"] = answer.Problem }, answer.Problem?.Status ?? 200);
    }

    static FileContentHttpResult Csv(string name, string[] columns, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(columns))
            text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
        return TypedResults.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", name);
    }

    /// <summary>RFC 4180; text that a spreadsheet would take for a formula gets an apostrophe before it.</summary>
    static string Cell(object? value)
    {
        if (value is not string text)
            return value is DateOnly day ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..])
            text = "'" + text;
        return text.IndexOfAny([',', '"', '\r', '\n']) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
