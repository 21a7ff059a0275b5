using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Sla;

/// <summary>How many hours there are for each priority in each department, and which hours count.</summary>
static class SlaRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/sla", (ApiClient api, CancellationToken ct) => ShowAsync(Filled.Empty, api, ct));
        admin.MapPost("/sla/templates", CreateAsync);
        admin.MapPost("/sla/templates/{id:guid}", ChangeAsync);
        admin.MapPost("/sla/templates/{id:guid}/delete", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/sla-templates/{id}", null, "Taken away. Clocks that run keep their hours.", ct));
        admin.MapPost("/sla/templates/{id:guid}/restore", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, $"/sla-templates/{id}/restore", new JsonObject(), "Restored.", ct));
        CalendarRoutes.Map(admin);
    }

    static async Task<IResult> ShowAsync(Filled form, ApiClient api, CancellationToken ct)
    {
        var departments = Directory.DepartmentsAsync(api, ct);
        var calendars = api.TryAsync<Paged<CalendarView>>("/calendars?limit=100&sort=name", ct);
        var deleted = api.TryAsync<Paged<SlaTemplateView>>("/sla-templates?is_deleted=true&limit=20&sort=-updated_at", ct);
        return Pages.Show<SlaPage>(new()
        {
            ["Templates"] = await AllAsync(api, ct), ["Deleted"] = (await deleted)?.Data ?? [], ["Departments"] = await departments, ["Calendars"] = (await calendars)?.Data ?? [], ["Form"] = form,
        }, form.Status);
    }

    /// <summary>Four priorities of every department can be more than a page.</summary>
    static async Task<IReadOnlyList<SlaTemplateView>> AllAsync(ApiClient api, CancellationToken ct)
    {
        var all = new List<SlaTemplateView>();
        for (var page = 1; ; page++)
        {
            var part = await api.GetAsync<Paged<SlaTemplateView>>($"/sla-templates?limit=100&page={page}", ct);
            all.AddRange(part.Data);
            if (page >= (part.Pagination.Pages ?? 1))
                return all;
        }
    }

    static async Task<IResult> CreateAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (HoursOf(form) is not { } body)
            return await ShowAsync(form.Wrong("response_hours", "Give both as numbers of hours, as 1.5."), api, ct);
        (body["name"], body["priority"], body["department_id"]) = (form.Of("name"), form.Of("priority"), form.Some("department_id"));
        var answer = await api.SendAsync<SlaTemplateView>(HttpMethod.Post, "/sla-templates", body, ct, form.Key);
        return answer.Problem is { } problem ? await ShowAsync(form with { Problem = problem }, api, ct) : Press.Say(http, "Saved. New clocks go by it.");
    }

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (HoursOf(form) is not { } body)
            return await ShowAsync(form.Wrong("response_hours", "Give both as numbers of hours, as 1.5."), api, ct);
        var answer = await api.SendAsync<SlaTemplateView>(HttpMethod.Patch, $"/sla-templates/{id}", body, ct, form.Key, form.IfMatch);
        return answer.Problem is { } problem ? await ShowAsync(form with { Problem = problem }, api, ct) : Press.Say(http, "Saved. New clocks go by it; those that run keep their hours.");
    }

    static JsonObject? HoursOf(Filled form) =>
        decimal.TryParse(form.Of("response_hours").Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var response)
        && decimal.TryParse(form.Of("resolution_hours").Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var resolution)
            ? new JsonObject { ["response_hours"] = response, ["resolution_hours"] = resolution }
            : null;
}
