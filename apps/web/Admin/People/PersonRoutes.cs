using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.People;

/// <summary>One person: registered, changed, let in and out.</summary>
static class PersonRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/people/new", (ApiClient api, CancellationToken ct) => ShowNewAsync(PersonForm.New, api, ct));
        admin.MapPost("/people/new", RegisterAsync);
        admin.MapGet("/people/{id:guid}", (Guid id, ApiClient api, CancellationToken ct) => ShowAsync(id, null, null, api, ct));
        admin.MapPost("/people/{id:guid}", ChangeAsync);
        foreach (var action in new[] { "deactivate", "reactivate", "restore", "anonymise" })
            admin.MapPost($"/people/{{id:guid}}/{action}", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => ActAsync(id, action, http, api, ct));
        admin.MapPost("/people/{id:guid}/delete", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/users/{id}", null, "Deleted. It can be undone with Restore.", ct));
        admin.MapPost("/people/{id:guid}/access/give", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Put, $"/users/{id}/access", null, "They may sign in now.", ct));
        admin.MapPost("/people/{id:guid}/access/take", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/users/{id}/access", null, "They may no longer sign in; their sessions have ended.", ct));
        admin.MapPost("/people/{id:guid}/password", SetPasswordAsync);
        admin.MapPost("/people/{id:guid}/sessions/{session:guid}/end", (Guid id, Guid session, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/auth/sessions/{session}", null, "Signed out there.", ct));
    }

    static async Task<IResult> ShowNewAsync(Filled form, ApiClient api, CancellationToken ct) =>
        Pages.Show<NewPersonPage>(new() { ["Form"] = form, ["Departments"] = await Directory.DepartmentsAsync(api, ct), ["Suggested"] = Suggestion() }, form.Status);

    static async Task<IResult> RegisterAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var body = PersonForm.Body(form);
        body["helpdesk_authorized"] = form.Is("helpdesk_authorized");
        if (form.Some("password") is { } password)
            body["password"] = password;
        var answer = await api.SendAsync<UserView>(HttpMethod.Post, "/users", body, ct, form.Key);
        if (answer.Problem is { } problem)
            return await ShowNewAsync(form with { Problem = problem }, api, ct);
        Flash.Say(http, $"{AdminWords.NameOf(answer.Value!)} is registered.");
        return Pages.GoTo(http, $"/admin/people/{answer.Value!.Id}");
    }

    static async Task<IResult> ShowAsync(Guid id, Filled? form, Filled? password, ApiClient api, CancellationToken ct)
    {
        var departments = Directory.DepartmentsAsync(api, ct);
        var sessions = api.TryAsync<Paged<SessionView>>($"/auth/sessions?user_id={id}&limit=20&sort=-last_used_at", ct);
        var user = await api.GetAsync<UserView>($"/users/{id}", ct);
        return Pages.Show<PersonPage>(new()
        {
            ["User"] = user, ["Form"] = form ?? PersonForm.Of(user), ["Departments"] = await departments, ["Sessions"] = (await sessions)?.Data ?? [],
            ["Password"] = password ?? Filled.With(("temporary_password", Suggestion())),
        }, Math.Max(form?.Status ?? 200, password?.Status ?? 200));
    }

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<UserView>(HttpMethod.Patch, $"/users/{id}", PersonForm.Body(form), ct, form.Key, form.IfMatch);
        if (answer.Problem is { } problem)
            return await ShowAsync(id, form with { Problem = problem }, null, api, ct);
        Flash.Say(http, "Saved.");
        return Pages.GoTo(http, $"/admin/people/{id}");
    }

    static async Task<IResult> ActAsync(Guid id, string action, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var reason = (await http.Request.ReadFormAsync(ct))["reason"].ToString().Trim();
        return await Press.DoAsync(http, api, HttpMethod.Post, $"/users/{id}/{action}", reason.Length == 0 ? new JsonObject() : new JsonObject { ["reason"] = reason }, action switch
        {
            "deactivate" => "Deactivated. Their sessions have ended.",
            "reactivate" => "Active again.",
            "restore" => "Restored.",
            _ => "What was personal is erased.",
        }, ct);
    }

    static async Task<IResult> SetPasswordAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<Nothing>(HttpMethod.Post, $"/users/{id}/password", new SetPasswordRequest(form.Of("temporary_password")), ct);
        if (answer.Problem is { } problem)
            return await ShowAsync(id, null, form with { Problem = problem }, api, ct);
        Flash.Say(http, "The temporary password is set; they choose their own at the next sign-in. Their sessions have ended.");
        return Pages.GoTo(http, $"/admin/people/{id}");
    }

    /// <summary>Sixteen characters that nobody takes for one another, in groups.</summary>
    static string Suggestion() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 4)));
}
