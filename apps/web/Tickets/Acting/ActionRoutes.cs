using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Showing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Tickets.Acting;

/// <summary>Actions on a ticket: a form where something has to be said, one press where not.</summary>
static class ActionRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/tickets/{id}/act/{action}", ShowAsync);
        pages.MapPost("/tickets/{id}/act/{action}", ActAsync);
    }

    static async Task<IResult> ShowAsync(string id, string action, ApiClient api, CancellationToken ct)
    {
        var form = Known(action);
        return await FormAsync(await api.GetAsync<TicketView>($"/tickets/{id}", ct), form, Filled.Empty, [], api, ct);
    }

    static async Task<IResult> ActAsync(string id, string action, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = Known(action);
        var typed = await Filled.ReadAsync(http, ct);
        var (body, errors) = await BodyAsync(form, typed, api, ct);
        if (errors.Count > 0)
            return await FormAsync(await api.GetAsync<TicketView>($"/tickets/{id}", ct), form, typed with { Problem = ApiProblem.Of(422, "validation_failed", "", errors) }, [], api, ct);

        // What the person saw is what they decided on: a change in between is shown, not overrun.
        var answer = await api.SendAsync<TicketView>(HttpMethod.Post, $"/tickets/{id}/{form.Name}", body, ct, typed.Key, typed.IfMatch);
        if (answer.Value is { } ticket)
        {
            Flash.Say(http, ticket.Warning is { } warning ? $"{form.Done} {warning}" : Said(form, ticket), ticket.Warning is null ? "success" : "warning");
            return Pages.GoTo(http, typed.Some("return") is { } back ? Session.SignInRoutes.Local(back) : $"/tickets/{ticket.Number ?? ticket.Id.ToString()}");
        }

        var now = await api.FindAsync<TicketView>($"/tickets/{id}", ct);
        return now is null
            ? Problems.ProblemPageOf(answer.Problem!)
            : await FormAsync(now, form, typed with { Problem = answer.Problem }, await SinceAsync(now, answer.Problem!, typed.Of("version"), api, ct), api, ct);
    }

    /// <summary>What others did to a ticket since somebody read it; empty where they may not know.</summary>
    static async Task<IReadOnlyList<TimelineEntry>> SinceAsync(TicketView ticket, ApiProblem problem, string version, ApiClient api, CancellationToken ct) =>
        problem.IsStale && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var read) && await api.TryAsync<CursorPage<AuditEntry>>($"/tickets/{ticket.Id}/history?limit=100", ct) is { } history
            ? TimelineEntry.Events(history.Data.Where(e => e.Version > read))
            : [];

    static string Said(TicketActionForm form, TicketView ticket) => form.Name switch
    {
        "assign" or "confirm_review" or "reassign" when ticket.QueuedAt is not null => $"{ticket.Department?.Name} is full; it waits in the queue there.",
        "assign" or "confirm_review" or "reassign" => $"Assigned to {ticket.Department?.Name} ({Words.Of(ticket.Assignee)}).",
        "force_close" when ticket.Status != TicketStatus.Closed => "Asked for. Another admin has to agree.",
        _ => form.Done,
    };

    static TicketActionForm Known(string action) => TicketActionForm.Find(action)
        ?? throw new ApiException(ApiProblem.Of(404, "not_found", "There is no such action."));

    static async Task<IResult> FormAsync(
        TicketView ticket, TicketActionForm form, Filled typed, IReadOnlyList<TimelineEntry> since, ApiClient api, CancellationToken ct)
    {
        var wanted = form.Fields.Select(f => f.Kind).ToHashSet();
        var departments = !wanted.Contains(FieldKind.Department) ? [] : form.GivesAway ? await DepartmentChoice.ForAsync(ticket, api, ct) : await DepartmentChoice.ReadAsync(api, ct);
        var people = wanted.Contains(FieldKind.Approvers) ? (await api.TryAsync<Paged<UserView>>("/users?is_approver=true&is_active=true&limit=100", ct))?.Data ?? [] : [];
        var categories = wanted.Contains(FieldKind.Category) ? (await api.TryAsync<Paged<CategoryView>>("/categories?is_active=true&limit=100", ct))?.Data ?? [] : [];
        return Pages.Show<ActionPage>(new()
        {
            ["Ticket"] = ticket, ["Form"] = form, ["Typed"] = typed, ["Since"] = since, ["Departments"] = departments, ["People"] = people, ["Categories"] = categories,
        }, typed.Status);
    }

    /// <summary>The request's body of what was typed; what the API would not even understand is said by field.</summary>
    static async Task<(JsonObject Body, Dictionary<string, string[]> Errors)> BodyAsync(TicketActionForm form, Filled typed, ApiClient api, CancellationToken ct)
    {
        var body = new JsonObject();
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var field in form.Fields)
        {
            var text = typed.Of(field.Name).Trim();
            if (text.Length == 0 && field.Kind != FieldKind.Tags)
            {
                if (field.Required)
                    errors[field.Name] = ["Needed."];
                continue;
            }

            switch (field.Kind)
            {
                case FieldKind.Percent or FieldKind.Rating when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    body[field.Name] = number;
                    break;
                case FieldKind.Check:
                    body[field.Name] = true;
                    break;
                case FieldKind.Time when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time):
                    // A browser without scripts says no zone; the field says that it is UTC then.
                    body[field.Name] = time.AddMinutes(int.TryParse(typed.Of($"{field.Name}_offset"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ? offset : 0).UtcDateTime.ToString("O");
                    break;
                case FieldKind.Ticket:
                    if (await api.FindAsync<TicketView>($"/tickets/{Uri.EscapeDataString(text.ToUpperInvariant())}", ct) is { } other)
                        body[field.Name] = other.Id;
                    else
                        errors[field.Name] = ["There is no ticket of this number that you may see."];
                    break;
                case FieldKind.Tags:
                    body[field.Name] = new JsonArray([.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => JsonValue.Create(t))]);
                    break;
                case FieldKind.Approvers:
                    // Every line of the form is a step.
                    body[field.Name] = new JsonArray([.. text.Split(',').Select(id => new JsonObject { ["approvers"] = new JsonArray(id) })]);
                    break;
                case FieldKind.Percent or FieldKind.Rating or FieldKind.Time:
                    errors[field.Name] = ["Can't be understood."];
                    break;
                default:
                    body[field.Name] = text;
                    break;
            }
        }

        if (form.Name == "split" && body["sub_tickets"] is not null)
            await SplitAsync(body, errors, api, ct);
        return (body, errors);
    }

    static async Task SplitAsync(JsonObject body, Dictionary<string, string[]> errors, ApiClient api, CancellationToken ct)
    {
        var departments = (await DepartmentChoice.ReadAsync(api, ct)).ToDictionary(d => d.Code, d => d.Id, StringComparer.OrdinalIgnoreCase);
        var parts = new JsonArray();
        foreach (var line in body["sub_tickets"]!.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var bar = line.LastIndexOf('|');
            if (bar > 0 && departments.TryGetValue(line[(bar + 1)..].Trim(), out var department))
                parts.Add(new JsonObject { ["title"] = line[..bar].Trim(), ["department_id"] = department });
            else
                errors["sub_tickets"] = [$"'{line}' needs a department's code after a bar. There are: {string.Join(", ", departments.Keys)}."];
        }

        body["sub_tickets"] = parts;
    }
}
