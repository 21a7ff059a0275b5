using System.Net.Http.Headers;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Showing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Tickets.Talking;

/// <summary>Writing in a ticket, and saying how far one has read.</summary>
static class ChatRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPost("/tickets/{id}/messages", PostAsync);
        pages.MapPost("/tickets/{id}/read", ReadAsync);
        pages.MapPost("/tickets/{id}/presence", PresenceAsync);
        pages.MapGet("/tickets/{id}/presence", WhoIsThereAsync);
    }

    static async Task<IResult> PostAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var text = form["message"].ToString();
        var files = form.Files.Where(f => f.Length > 0).ToList();
        if (string.IsNullOrWhiteSpace(text) && files.Count > 0)
            text = string.Join(", ", files.Select(f => f.FileName));
        var mentions = form["mentions"].Where(m => Guid.TryParse(m, out _)).Select(m => Guid.Parse(m!)).Distinct().ToList();
        var answer = await api.SendAsync<MessageView>(HttpMethod.Post, $"/tickets/{id}/messages", new PostMessageRequest(text, mentions.Count == 0 ? null : mentions), ct, form["key"]);
        var problem = answer.Problem ?? (files.Count == 0 ? null : await Uploads.AttachAsync(api, $"/messages/{answer.Value!.Id}/attachments", files, ct));

        // A script that sends shows the answer itself; it only wants to know.
        if (http.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal))
            return problem is null ? Results.NoContent() : Results.Json(new { detail = problem.Errors.Values.SelectMany(e => e).FirstOrDefault() ?? problem.Detail, code = problem.Code }, statusCode: problem.Status);
        if (problem is null)
            return Results.Redirect($"/tickets/{id}#message");
        if (answer.Value is not null)
        {
            Flash.Say(http, $"The message was sent, its files were not: {problem.Detail}", "warning");
            return Results.Redirect($"/tickets/{id}#message");
        }

        var ticket = await api.GetAsync<TicketView>($"/tickets/{id}", ct);
        var data = await TicketData.ReadAsync(api, ticket, TicketTab.Conversation, null, ct);
        return Pages.Show<TicketPage>(new() { ["Data"] = data, ["Typed"] = text, ["ChatProblem"] = problem.Errors.Values.SelectMany(e => e).FirstOrDefault() ?? problem.Detail }, problem.Status);
    }

    static async Task<IResult> ReadAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        if (Guid.TryParse(form["message"], out var message))
            await api.SendAsync<Nothing>(HttpMethod.Post, $"/tickets/{id}/messages/read", new ReadMessagesRequest(message), ct);
        return Results.NoContent();
    }

    static async Task<IResult> PresenceAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        if (Words.Read<PresenceState>(form["state"]) is { } state)
            await api.SendAsync<Nothing>(HttpMethod.Post, $"/tickets/{id}/presence", new SayPresenceRequest(state), ct);
        return Results.NoContent();
    }

    static async Task<IResult> WhoIsThereAsync(string id, ApiClient api, CancellationToken ct) =>
        Results.Json(await api.FindAsync<List<PresenceView>>($"/tickets/{id}/presence", ct) ?? [], Json.Tolerant);
}

/// <summary>Files on their way from a form to the files service.</summary>
static class Uploads
{
    /// <summary>Hands each over as it is read, then attaches all; null when it went well.</summary>
    public static async Task<ApiProblem?> AttachAsync(ApiClient api, string target, IEnumerable<IFormFile> files, CancellationToken ct)
    {
        var ids = new List<Guid>();
        ApiProblem? first = null;
        foreach (var file in files)
        {
            var (id, problem) = await UploadAsync(api, file, ct);
            if (id is { } good)
                ids.Add(good);
            first ??= problem;
        }

        if (ids.Count == 0)
            return first;
        var attached = await api.SendAsync<Nothing>(HttpMethod.Post, target, new AttachFilesRequest(ids), ct);
        return attached.Problem ?? first;
    }

    static async Task<(Guid? Id, ApiProblem? Problem)> UploadAsync(ApiClient api, IFormFile file, CancellationToken ct)
    {
        await using var stream = file.OpenReadStream();
        using var content = new StreamContent(stream);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = file.Length;
        using var response = await api.OpenAsync(HttpMethod.Post, "/files", content, ct, ("X-File-Name", Uri.EscapeDataString(file.FileName)), (ServiceCalls.IdempotencyKey, Guid.NewGuid().ToString()));
        if (!response.IsSuccessStatusCode)
            return (null, await ApiProblem.ReadAsync(response, ct));
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        return ((await JsonSerializer.DeserializeAsync<FileView>(body, Json.Tolerant, ct))!.Id, null);
    }
}
