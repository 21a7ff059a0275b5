using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Sla;

/// <summary>The organisation's calendar, and those of departments that have their own.</summary>
static class CalendarRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/sla/calendars/new", (ApiClient api, CancellationToken ct) => ShowAsync(null, CalendarForm.New, api, ct));
        admin.MapPost("/sla/calendars/new", (HttpContext http, ApiClient api, CancellationToken ct) => SaveAsync(null, http, api, ct));
        admin.MapGet("/sla/calendars/{id:guid}", (Guid id, ApiClient api, CancellationToken ct) => ShowAsync(id, null, api, ct));
        admin.MapPost("/sla/calendars/{id:guid}", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => SaveAsync(id, http, api, ct));
        admin.MapPost("/sla/calendars/{id:guid}/delete", DeleteAsync);
    }

    static async Task<IResult> ShowAsync(Guid? id, Filled? form, ApiClient api, CancellationToken ct)
    {
        var departments = Directory.DepartmentsAsync(api, ct);
        var calendar = id is null ? null : await api.GetAsync<CalendarView>($"/calendars/{id}", ct);
        return Pages.Show<CalendarPage>(new() { ["Calendar"] = calendar, ["Departments"] = await departments, ["Form"] = form ?? CalendarForm.Of(calendar!) }, form?.Status ?? 200);
    }

    static async Task<IResult> SaveAsync(Guid? id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var (body, field, why) = CalendarForm.Read(form);
        if (body is null)
            return await ShowAsync(id, form.Wrong(field, why), api, ct);
        if (id is null)
            body["department_id"] = form.Some("department_id");
        var answer = id is null
            ? await api.SendAsync<CalendarView>(HttpMethod.Post, "/calendars", body, ct, form.Key)
            : await api.SendAsync<CalendarView>(HttpMethod.Patch, $"/calendars/{id}", body, ct, form.Key, form.IfMatch);
        if (answer.Problem is { } problem)
            return await ShowAsync(id, form with { Problem = problem }, api, ct);
        Flash.Say(http, $"{answer.Value!.Name}: saved. New clocks go by it.");
        return Pages.GoTo(http, "/admin/sla");
    }

    static async Task<IResult> DeleteAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<Nothing>(HttpMethod.Delete, $"/calendars/{id}", null, ct, form.Key, form.IfMatch);
        Flash.Say(http, answer.Problem?.Detail ?? "Deleted.", answer.Problem is null ? "success" : "danger");
        return Pages.GoTo(http, answer.Problem is null ? "/admin/sla" : $"/admin/sla/calendars/{id}");
    }
}
