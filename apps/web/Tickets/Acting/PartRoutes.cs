using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Tickets.Talking;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Tickets.Acting;

/// <summary>What is done to a ticket's parts: its title, people, links, tasks, sub-tickets, files, requests. Each comes back to where it was pressed.</summary>
static class PartRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPost("/tickets/{id}/title", async (string id, HttpContext http, ApiClient api, CancellationToken ct) =>
            await Press.DoAsync(http, api, HttpMethod.Patch, $"/tickets/{id}", new JsonObject { ["title"] = (await http.Request.ReadFormAsync(ct))["title"].ToString() }, "Title changed.", ct));
        pages.MapPost("/tickets/{id}/participants", AddPersonAsync);
        pages.MapPost("/tickets/{id}/participants/{person:guid}/remove", (string id, Guid person, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/tickets/{id}/participants/{person}", null, "Removed. The ticket is closed to them.", ct));
        pages.MapPost("/tickets/{id}/links", LinkAsync);
        pages.MapPost("/tickets/{id}/links/{link:guid}/remove", (string id, Guid link, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/tickets/{id}/links/{link}", null, "Unlinked.", ct));
        pages.MapPost("/tickets/{id}/tasks", async (string id, HttpContext http, ApiClient api, CancellationToken ct) =>
            await Press.DoAsync(http, api, HttpMethod.Post, $"/tickets/{id}/tasks", new AddTaskRequest((await http.Request.ReadFormAsync(ct))["title"].ToString()), "Added.", ct));
        pages.MapPost("/tickets/{id}/tasks/{task:guid}", async (string id, Guid task, HttpContext http, ApiClient api, CancellationToken ct) =>
            await Press.DoAsync(http, api, HttpMethod.Patch, $"/tasks/{task}", new JsonObject { ["done"] = (await http.Request.ReadFormAsync(ct))["done"] == "true" }, null, ct));
        pages.MapPost("/tickets/{id}/subtickets/{sub:guid}/{action}", SubTicketAsync);
        pages.MapPost("/tickets/{id}/files", UploadAsync);
        pages.MapPost("/tickets/{id}/files/{file:guid}/remove", async (string id, Guid file, HttpContext http, ApiClient api, CancellationToken ct) =>
            await Press.DoAsync(http, api, HttpMethod.Delete, $"/tickets/{(await IdOfAsync(id, api, ct))}/attachments/{file}", null, "Removed.", ct));
        foreach (var action in new[] { "approve", "deny", "withdraw" })
            pages.MapPost($"/requests/{{request:guid}}/{action}", (Guid request, HttpContext http, ApiClient api, CancellationToken ct) => DecideAsync(request, action, http, api, ct));
    }

    static async Task<IResult> AddPersonAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var who = form["who"].ToString().Trim();
        var found = await api.GetAsync<Paged<UserView>>($"/users?is_active=true&limit=2&q={Uri.EscapeDataString(who.Split('·')[0].Trim())}", ct);
        if (found.Data is not [var person])
            return Press.Say(http, found.Data.Count == 0 ? $"Nobody is called '{who}'." : $"'{who}' could be several people; give the employee code.", "danger");
        return await Press.DoAsync(
            http, api, HttpMethod.Post, $"/tickets/{id}/participants", new AddParticipantRequest(person.Id, form["share"] == "true" ? DateTimeOffset.UnixEpoch : null),
            $"{person.FirstName} {person.LastName} takes part now.", ct);
    }

    static async Task<IResult> LinkAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var number = (await http.Request.ReadFormAsync(ct))["number"].ToString().Trim().ToUpperInvariant();
        return await api.FindAsync<TicketView>($"/tickets/{Uri.EscapeDataString(number)}", ct) is { } other
            ? await Press.DoAsync(http, api, HttpMethod.Post, $"/tickets/{id}/links", new LinkTicketRequest(other.Id), $"Linked to {number}.", ct)
            : Press.Say(http, $"There is no ticket {number} that you may see.", "danger");
    }

    static async Task<IResult> SubTicketAsync(string id, Guid sub, string action, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var body = new JsonObject();
        foreach (var name in new[] { "completion_notes", "reason" }.Where(n => form[n].ToString().Length > 0))
            body[name] = form[name].ToString();
        if (int.TryParse(form["percent"], out var percent))
            body["percent"] = percent;
        return await Press.DoAsync(http, api, HttpMethod.Post, $"/subtickets/{sub}/{Uri.EscapeDataString(action)}", body, "Done.", ct);
    }

    static async Task<IResult> UploadAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var files = (await http.Request.ReadFormAsync(ct)).Files;
        var problem = await Uploads.AttachAsync(api, $"/tickets/{(await IdOfAsync(id, api, ct))}/attachments", files, ct);
        return problem is null ? Press.Say(http, files.Count == 1 ? "Uploaded." : $"{files.Count} files uploaded.") : Press.Say(http, problem.Detail, "danger");
    }

    static Task<IResult> DecideAsync(Guid request, string action, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var reason = http.Request.Form["reason"].ToString();
        return Press.DoAsync(http, api, HttpMethod.Post, $"/ticket-requests/{request}/{action}", reason.Length == 0 ? new JsonObject() : new JsonObject { ["reason"] = reason }, action switch
        {
            "approve" => "Approved.",
            "deny" => "Denied. Whoever asked will be told.",
            _ => "Withdrawn.",
        }, ct);
    }

    static async Task<Guid> IdOfAsync(string id, ApiClient api, CancellationToken ct) =>
        Guid.TryParse(id, out var guid) ? guid : (await api.GetAsync<TicketView>($"/tickets/{id}", ct)).Id;
}
