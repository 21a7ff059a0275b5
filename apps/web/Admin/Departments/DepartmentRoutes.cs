using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Departments;

/// <summary>Departments: who heads them, how much they can have, who is in their teams.</summary>
static class DepartmentRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/departments", ListAsync);
        admin.MapGet("/departments/new", (ApiClient api, CancellationToken ct) => FormAsync(null, Filled.With(("total_capacity", "100")), api, ct));
        admin.MapPost("/departments/new", OpenAsync);
        admin.MapGet("/departments/{id:guid}", (Guid id, ApiClient api, CancellationToken ct) => FormAsync(id, null, api, ct));
        admin.MapPost("/departments/{id:guid}", ChangeAsync);
        foreach (var action in new[] { "close", "reopen", "restore" })
            admin.MapPost($"/departments/{{id:guid}}/{action}", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => ActAsync(id, action, http, api, ct));
        admin.MapPost("/departments/{id:guid}/delete", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/departments/{id}", null, "It is deleted, or will be as soon as the tickets service has said that nothing is open there.", ct));
        admin.MapPost("/departments/{id:guid}/team", JoinAsync);
        admin.MapPost("/departments/{id:guid}/team/{person:guid}/remove", (Guid id, Guid person, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/departments/{id}/team-members/{person}", null, "No longer in the team.", ct));
    }

    static async Task<IResult> ListAsync([FromQuery] bool? deleted, [FromQuery] int? page, ApiClient api, CancellationToken ct) =>
        Pages.Show<DepartmentsPage>(new()
        {
            ["List"] = await api.GetAsync<Paged<DepartmentView>>($"/departments?limit=50&sort=name&page={Math.Max(page ?? 1, 1)}{(deleted == true ? "&is_deleted=true" : "")}", ct), ["Deleted"] = deleted == true,
        });

    static async Task<IResult> FormAsync(Guid? id, Filled? form, ApiClient api, CancellationToken ct)
    {
        // Heads of nothing else: the only ones who can be chosen.
        var heads = api.TryAsync<Paged<UserView>>("/users?role=assignee&is_active=true&limit=100&sort=name", ct);
        var team = id is null ? null : await api.TryAsync<Paged<TeamMemberView>>($"/departments/{id}/team-members?limit=100&sort=name", ct);
        var department = id is null ? null : await api.GetAsync<DepartmentView>($"/departments/{id}", ct);
        return Pages.Show<DepartmentPage>(new()
        {
            ["Department"] = department, ["Team"] = team?.Data ?? [],
            ["Heads"] = ((await heads)?.Data ?? []).Where(h => h.DepartmentId is null || h.DepartmentId == id).ToList(),
            ["Form"] = form ?? Filled.With(
                ("name", department!.Name), ("code", department.Code), ("head_id", department.HeadId?.ToString()), ("total_capacity", department.TotalCapacity.ToString(CultureInfo.InvariantCulture)),
                ("queue_enabled", department.QueueEnabled ? "true" : null)),
        }, form?.Status ?? 200);
    }

    static async Task<IResult> OpenAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (BodyOf(form) is not { } body)
            return await FormAsync(null, form.Wrong("total_capacity", "Give a number."), api, ct);
        var answer = await api.SendAsync<DepartmentView>(HttpMethod.Post, "/departments", body, ct, form.Key);
        if (answer.Problem is { } problem)
            return await FormAsync(null, form with { Problem = problem }, api, ct);
        Flash.Say(http, $"{answer.Value!.Name} is open.");
        return Pages.GoTo(http, $"/admin/departments/{answer.Value.Id}");
    }

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (BodyOf(form) is not { } body)
            return await FormAsync(id, form.Wrong("total_capacity", "Give a number."), api, ct);
        var answer = await api.SendAsync<DepartmentView>(HttpMethod.Patch, $"/departments/{id}", body, ct, form.Key, form.IfMatch);
        if (answer.Problem is { } problem)
            return await FormAsync(id, form with { Problem = problem }, api, ct);
        Flash.Say(http, "Saved.");
        return Pages.GoTo(http, $"/admin/departments/{id}");
    }

    static JsonObject? BodyOf(Filled form)
    {
        if (!int.TryParse(form.Of("total_capacity").Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var capacity))
            return null;
        return new JsonObject { ["name"] = form.Of("name"), ["code"] = form.Of("code"), ["head_id"] = form.Some("head_id"), ["total_capacity"] = capacity, ["queue_enabled"] = form.Is("queue_enabled") };
    }

    static Task<IResult> ActAsync(Guid id, string action, HttpContext http, ApiClient api, CancellationToken ct) =>
        Press.DoAsync(http, api, HttpMethod.Post, $"/departments/{id}/{action}", new JsonObject(), action switch
        {
            "close" => "It takes no new tickets and no new members from now on.",
            "reopen" => "It is open again.",
            _ => "Restored.",
        }, ct);

    static async Task<IResult> JoinAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var (person, why) = await Directory.PersonAsync(api, (await http.Request.ReadFormAsync(ct))["who"].ToString(), ct);
        return person is null
            ? Press.Say(http, why, "danger")
            : await Press.DoAsync(http, api, HttpMethod.Put, $"/departments/{id}/team-members/{person.Id}", null, $"{AdminWords.NameOf(person)} is in the team.", ct);
    }
}
