using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Accounts;

/// <summary>Accounts of integrations. A key is on the page that answers the form, and nowhere else.</summary>
static class ServiceAccountRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/accounts", (HttpContext http, ApiClient api, CancellationToken ct) => ShowAsync(Filled.Empty, http, api, ct));
        admin.MapPost("/accounts", CreateAsync);
        admin.MapPost("/accounts/{id:guid}/rotate", RotateAsync);
        admin.MapPost("/accounts/{id:guid}/revoke", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/service-accounts/{id}", null, "Revoked for good.", ct));
    }

    static async Task<IResult> ShowAsync(Filled form, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var revoked = http.Request.Query["revoked"] == "true";
        var page = Query.Page(http.Request.Query);
        var list = await api.GetAsync<Paged<ServiceAccountView>>($"/service-accounts?limit=50&page={page}&revoked={(revoked ? "true" : "false")}", ct);
        return Pages.Show<ServiceAccountsPage>(new() { ["List"] = list, ["Revoked"] = revoked, ["Form"] = form }, form.Status);
    }

    static async Task<IResult> CreateAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var body = new JsonObject
        {
            ["name"] = form.Of("name"),
            ["scopes"] = new JsonArray([.. http.Request.Form["scopes"].OfType<string>().Select(s => JsonValue.Create(s))]),
            // Through the day that was chosen.
            ["expires_at"] = form.Some("expires_at") is { } day ? $"{day}T23:59:59.000Z" : null,
        };
        var answer = await api.SendAsync<ServiceAccountKey>(HttpMethod.Post, "/service-accounts", body, ct);
        return answer.Problem is { } problem ? await ShowAsync(form with { Problem = problem }, http, api, ct) : Show(answer.Value!, isNew: true);
    }

    static async Task<IResult> RotateAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<ServiceAccountKey>(HttpMethod.Post, $"/service-accounts/{id}/rotate", null, ct, ifMatch: form.IfMatch);
        return answer.Problem is { } problem ? Press.Say(http, problem.Detail, "danger") : Show(answer.Value!, isNew: false);
    }

    static IResult Show(ServiceAccountKey key, bool isNew) => Pages.Show<ServiceAccountKeyPage>(new() { ["Made"] = key, ["IsNew"] = isNew });
}
