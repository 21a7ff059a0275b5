using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Account;

/// <summary>What a person can do about their own account.</summary>
static class AccountRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/account", (ApiClient api, CancellationToken ct) => ShowAsync(Filled.Empty, api, ct));
        pages.MapPost("/account/password", ChangePasswordAsync);
        pages.MapPost("/account/sessions/{id:guid}/end", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/auth/sessions/{id}", null, "Signed out there.", ct));
        pages.MapPost("/account/sessions/end-others", (HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, "/auth/sessions", null, "Signed out everywhere but here.", ct));
    }

    static async Task<IResult> ShowAsync(Filled password, ApiClient api, CancellationToken ct)
    {
        var sessions = api.TryAsync<Paged<SessionView>>("/auth/sessions?limit=100&sort=-last_used_at", ct);
        var me = await api.GetAsync<UserView>("/users/me", ct);
        var department = me.DepartmentId is { } id ? await api.TryAsync<DepartmentView>($"/departments/{id}", ct) : null;
        return Pages.Show<AccountPage>(new() { ["User"] = me, ["Department"] = department, ["Sessions"] = await sessions, ["Form"] = password }, password.Status);
    }

    static async Task<IResult> ChangePasswordAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (form.Of("new_password") != form.Of("repeated"))
            return await ShowAsync(form.Wrong("repeated", "The two are not the same."), api, ct);
        var answer = await api.SendAsync<Nothing>(HttpMethod.Post, "/auth/password", new ChangePasswordRequest(form.Of("current_password"), form.Of("new_password")), ct);
        if (answer.Problem is { } problem)
            return await ShowAsync(form with { Problem = problem }, api, ct);
        Flash.Say(http, "Your password is changed. Everywhere else you are signed out.");
        return Pages.GoTo(http, "/account");
    }
}
