using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Talking;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Tickets.Opening;

/// <summary>A new ticket on one page: it is a draft from the first word on, and is submitted when it is whole.</summary>
static class NewTicketRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/tickets/new", NewAsync);
        pages.MapPost("/tickets/new", (HttpContext http, ApiClient api, CancellationToken ct) => SaveAsync(null, http, api, ct));
        pages.MapGet("/tickets/{id}/edit", EditAsync);
        pages.MapPost("/tickets/{id}/edit", (string id, HttpContext http, ApiClient api, CancellationToken ct) => SaveAsync(id, http, api, ct));
        pages.MapPost("/tickets/{id}/discard", DiscardAsync);
    }

    static Task<IResult> NewAsync([FromQuery] string? category, [FromQuery] Guid? department, ApiClient api, PersonSession session, CancellationToken ct) =>
        ShowAsync(new NewTicketForm { Category = category, DepartmentId = department?.ToString() }, 200, api, ct);

    static async Task<IResult> EditAsync(string id, ApiClient api, CancellationToken ct)
    {
        var ticket = await api.GetAsync<TicketView>($"/tickets/{Uri.EscapeDataString(id)}", ct);
        return ticket.AllowedActions.Contains("edit") ? await ShowAsync(NewTicketForm.Of(ticket), 200, api, ct) : Results.Redirect($"/tickets/{ticket.Number}");
    }

    static async Task<IResult> SaveAsync(string? id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = NewTicketForm.Read(await http.Request.ReadFormAsync(ct), id);
        var asked = http.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal);
        if (string.IsNullOrWhiteSpace(form.Title))
            return asked ? Results.NoContent() : await ShowAsync(form with { Errors = One("title", "Say in a few words what it is about.") }, 422, api, ct);
        var body = form.Body();
        var saved = id is null
            ? await api.SendAsync<TicketView>(HttpMethod.Post, "/tickets", body, ct, form.Key)
            : await api.SendAsync<TicketView>(HttpMethod.Patch, $"/tickets/{id}", body, ct, ifMatch: form.Version is null ? null : $"\"{form.Version}\"");
        if (saved.Problem is { } problem)
            return asked ? Results.Json(new { detail = problem.Detail }, statusCode: problem.Status) : await ShowAsync(form with { Problem = problem, Errors = problem.Errors }, problem.Status, api, ct);
        var ticket = saved.Value!;

        // The page saves by itself while one types; it only wants to know where.
        if (asked)
            return Results.Json(new { id = ticket.Id, version = ticket.Version, address = $"/tickets/{ticket.Id}/edit" });
        var files = http.Request.Form.Files.Where(f => f.Length > 0).ToList();
        if (files.Count > 0 && await Uploads.AttachAsync(api, $"/tickets/{ticket.Id}/attachments", files, ct) is { } refused)
            return await ShowAsync(NewTicketForm.Of(ticket) with { Problem = refused }, refused.Status, api, ct);
        if (!form.Submit)
        {
            Flash.Say(http, ticket.Number is null ? "Draft saved. It is kept for 7 days." : "Saved.");
            return Pages.GoTo(http, ticket.Number is null ? "/home" : $"/tickets/{ticket.Number}");
        }

        var submitted = await api.SendAsync<TicketView>(HttpMethod.Post, $"/tickets/{ticket.Id}/submit", new JsonObject(), ct, $"{form.Key}-submit");
        if (submitted.Problem is { } incomplete)
            return await ShowAsync(NewTicketForm.Of(ticket) with { Problem = incomplete, Errors = incomplete.Errors }, incomplete.Status, api, ct);
        Flash.Say(http, $"{submitted.Value!.Number} is submitted; a moderator will look at it. {submitted.Value.Warning}".Trim(), submitted.Value.Warning is null ? "success" : "warning");
        return Pages.GoTo(http, $"/tickets/{submitted.Value.Number}");
    }

    static async Task<IResult> DiscardAsync(string id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<Nothing>(HttpMethod.Delete, $"/tickets/{id}", null, ct);
        Flash.Say(http, answer.Problem?.Detail ?? "Draft discarded.", answer.Problem is null ? "success" : "danger");
        return Pages.GoTo(http, "/home");
    }

    static async Task<IResult> ShowAsync(NewTicketForm form, int status, ApiClient api, CancellationToken ct)
    {
        var categories = api.GetAsync<Paged<CategoryView>>("/categories?is_active=true&limit=100&sort=name", ct);
        var departments = api.GetAsync<Paged<DepartmentView>>("/departments?state=open&limit=100&sort=name", ct);
        var files = form.Id is null ? null : await api.TryAsync<AttachmentsView>($"/tickets/{form.Id}/attachments", ct);
        return Pages.Show<NewTicketPage>(new()
        {
            ["Form"] = form, ["Categories"] = (await categories).Data, ["Departments"] = (await departments).Data, ["Attached"] = files?.Data ?? [],
        }, status);
    }

    static Dictionary<string, string[]> One(string field, string error) => new(StringComparer.Ordinal) { [field] = [error] };
}

/// <summary>What was typed, as it was typed.</summary>
public sealed record NewTicketForm
{
    public string? Id { get; init; }

    public string? Number { get; init; }

    public string Key { get; init; } = Guid.NewGuid().ToString();

    public string? Version { get; init; }

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    public string? Category { get; init; }

    public string? DepartmentId { get; init; }

    public string Priority { get; init; } = "medium";

    public bool RequiresApproval { get; init; }

    public bool Submit { get; init; }

    public DateTimeOffset? SavedAt { get; init; }

    public bool IsDraft { get; init; } = true;

    public ApiProblem? Problem { get; init; }

    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    public static NewTicketForm Of(TicketView ticket) => new()
    {
        Id = ticket.Id.ToString(), Number = ticket.Number, Version = $"{ticket.Version}", Title = ticket.Title, Description = ticket.Description ?? "", Category = ticket.Category,
        DepartmentId = ticket.Department?.Id.ToString(), Priority = Words.Wire(ticket.Priority), RequiresApproval = ticket.RequiresApproval, SavedAt = ticket.UpdatedAt,
        IsDraft = ticket.Status == TicketStatus.Draft,
    };

    public static NewTicketForm Read(IFormCollection form, string? id) => new()
    {
        Id = id, Key = form["key"].ToString() is { Length: > 0 } key ? key : Guid.NewGuid().ToString(), Version = form["version"].ToString() is { Length: > 0 } version ? version : null,
        Title = form["title"].ToString(), Description = form["description"].ToString(), Category = Some(form["category"]), DepartmentId = Some(form["department_id"]),
        Priority = Some(form["priority"]) ?? "medium", RequiresApproval = form["requires_approval"] == "true", Submit = form["submit"] == "true", IsDraft = form["is_draft"] != "false", Number = Some(form["number"]),
    };

    public JsonObject Body()
    {
        var body = new JsonObject { ["title"] = Title, ["description"] = Some(Description), ["category"] = Category, ["department_id"] = DepartmentId, ["priority"] = Priority, ["requires_approval"] = RequiresApproval };
        return body;
    }

    static string? Some(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
