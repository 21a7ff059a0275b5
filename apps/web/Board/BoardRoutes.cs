using System.Text.Json;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Showing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Board;

/// <summary>The lists that people work from.</summary>
static class BoardRoutes
{
    const int PerPage = 25;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/board", ShowAsync);
        pages.MapPost("/board/bulk", BulkAsync);
        pages.MapPost("/board/views", KeepAsync);
        pages.MapPost("/board/views/{id:guid}/remove", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/saved-views/{id}", null, "View removed.", ct));
        pages.MapPost("/board/columns", ChooseColumnsAsync);
        pages.MapGet("/board/looking", async (ApiClient api, CancellationToken ct) =>
            Results.Json(await api.TryAsync<List<TicketPresenceView>>("/live/presence", ct) ?? [], Json.Tolerant));
        pages.MapGet("/board.csv", DownloadAsync);
        pages.MapGet("/bulk/{id:guid}", ShowJobAsync);
    }

    static async Task<IResult> ShowAsync(HttpContext http, ApiClient api, PersonSession session, CancellationToken ct)
    {
        var me = session.Me!;
        var query = BoardQuery.Read(http.Request.Query, BoardQuery.TabsOf(me)[0]);
        var departments = me.SeesAll ? api.TryAsync<Paged<DepartmentView>>("/departments?limit=100&sort=name", ct) : Task.FromResult<Paged<DepartmentView>?>(null);
        var views = api.TryAsync<SavedViews>("/saved-views", ct);
        var board = await api.SendAsync<BoardPage>(HttpMethod.Get, $"/board{query.ToApi(PerPage)}", null, ct);
        if (board.Problem is { Status: 401 } over)
            throw new ApiException(over);
        TicketData? open = null;
        if (query.Open is { } number && await api.FindAsync<TicketView>($"/tickets/{Uri.EscapeDataString(number)}", ct) is { } ticket)
            open = await TicketData.ReadAsync(api, ticket, TicketTab.Conversation, null, ct);
        return Pages.Show<BoardPageView>(new()
        {
            ["Query"] = query, ["Board"] = board.Value, ["Problem"] = board.Problem, ["Departments"] = (await departments)?.Data ?? [], ["Views"] = (await views)?.Data ?? [], ["Open"] = open,
            ["Columns"] = query.Columns ?? (await views)?.Columns ?? BoardQuery.UsualColumns,
        }, board.Problem?.Status ?? 200);
    }

    /// <summary>One action on what is selected, or on all that match; each ticket by itself, and what could not be done is said.</summary>
    static async Task<IResult> BulkAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var arguments = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var name in new[] { "reason", "priority", "department_id" })
        {
            if (form[name].ToString() is { Length: > 0 } value)
                arguments[name] = value;
        }

        var ids = form["id"].Where(i => Guid.TryParse(i, out _)).Select(i => Guid.Parse(i!)).ToList();
        var all = form["all"] == "true";
        if (!all && ids.Count == 0)
            return Press.Say(http, "Select some tickets first.", "warning");
        var filter = all ? JsonSerializer.Deserialize<Dictionary<string, string>>(form["filter"].ToString()) : null;
        var request = new BulkActRequest(
            form["action"].ToString(), arguments.Count == 0 ? null : JsonSerializer.SerializeToElement(arguments, Json.Tolerant), all ? null : ids, filter,
            all && int.TryParse(form["expected"], out var expected) ? expected : null);
        var answer = await api.SendAsync<BulkAnswer>(HttpMethod.Post, "/tickets/bulk", request, ct, form["key"]);
        if (answer.Problem is { } problem)
            return Press.Say(http, problem.Detail, "danger");
        if (answer.Value!.Job is { } job)
            return Pages.GoTo(http, $"/bulk/{job.Id}");
        var why = answer.Value.Results.Where(r => r.Error is not null).GroupBy(r => r.Error!.Detail).Select(g => $"{g.Count()}: {g.Key}");
        return Press.Say(
            http, answer.Value.Failed == 0 ? $"Done for {answer.Value.Succeeded}." : $"Done for {answer.Value.Succeeded}; not for {answer.Value.Failed} ({string.Join("; ", why)})",
            answer.Value.Failed == 0 ? "success" : "warning");
    }

    static async Task<IResult> KeepAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        return await Press.DoAsync(
            http, api, HttpMethod.Post, "/saved-views", new SaveViewRequest(form["name"].ToString(), form["query"].ToString(), form["shared"] == "true"), "View kept.", ct);
    }

    /// <summary>For every board of this person; the one they come from is shown so.</summary>
    static async Task<IResult> ChooseColumnsAsync(HttpContext http, ApiClient api, PersonSession session, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var query = BoardQuery.Read(new QueryCollection(form.ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal)), BoardQuery.TabsOf(session.Me!)[0]);
        var answer = await api.SendAsync<Nothing>(HttpMethod.Put, "/board/columns", new ChooseColumnsRequest(query.Columns ?? []), ct);
        if (answer.Problem is { } problem)
            return Press.Say(http, problem.Detail, "danger");
        Flash.Say(http, query.Columns is null ? "Columns as usual." : "Columns kept, for all your lists.");
        return Pages.GoTo(http, (query with { Columns = null }).With());
    }

    /// <summary>All columns there are, whichever the page shows.</summary>
    static async Task DownloadAsync(HttpContext http, ApiClient api)
    {
        var query = QueryString.Create(http.Request.Query.Where(q => q.Key != "columns"));
        using var answer = await api.OpenAsync(HttpMethod.Get, $"/reports/tickets.csv{query}", null, http.RequestAborted);
        if (!answer.IsSuccessStatusCode)
            throw new ApiException(await ApiProblem.ReadAsync(answer, http.RequestAborted));
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=tickets.csv";
        await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    static async Task<IResult> ShowJobAsync(Guid id, ApiClient api, CancellationToken ct) =>
        Pages.Show<BulkJobPage>(new() { ["Job"] = await api.GetAsync<TicketBulkJobView>($"/bulk-jobs/tickets/{id}", ct) });
}
