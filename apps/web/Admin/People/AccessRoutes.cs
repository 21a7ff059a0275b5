using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.People;

/// <summary>Those who ask to be let in.</summary>
static class AccessRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/people/requests", ShowAsync);
        admin.MapPost("/people/requests/{id:guid}/approve", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, $"/access-requests/{id}/approve", new JsonObject(), "They may sign in now.", ct));
        admin.MapPost("/people/requests/{id:guid}/deny", async (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            await Press.DoAsync(http, api, HttpMethod.Post, $"/access-requests/{id}/deny", new DenyAccessRequest((await http.Request.ReadFormAsync(ct))["reason"].ToString()), "Denied.", ct));
    }

    static async Task<IResult> ShowAsync([FromQuery] string? status, [FromQuery] int? page, ApiClient api, CancellationToken ct)
    {
        var shown = Words.Read<AccessRequestStatus>(status) ?? AccessRequestStatus.Pending;
        var sort = shown == AccessRequestStatus.Pending ? "created_at" : "-decided_at";
        var list = await api.GetAsync<Paged<AccessRequestView>>($"/access-requests?status={Words.Wire(shown)}&sort={sort}&limit=25&page={Math.Max(page ?? 1, 1)}", ct);
        return Pages.Show<AccessRequestsPage>(new() { ["Shown"] = shown, ["List"] = list });
    }
}
