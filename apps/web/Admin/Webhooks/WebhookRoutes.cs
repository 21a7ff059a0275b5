using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Webhooks;

/// <summary>Where other programs are told of events. A secret is on the page that answers the form, and nowhere else.</summary>
static class WebhookRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/webhooks", (HttpContext http, ApiClient api, CancellationToken ct) => ListAsync(Filled.With(("all", "true")), http, api, ct));
        admin.MapPost("/webhooks", RegisterAsync);
        admin.MapGet("/webhooks/{id:guid}", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => ShowAsync(id, null, http, api, ct));
        admin.MapPost("/webhooks/{id:guid}", ChangeAsync);
        admin.MapPost("/webhooks/{id:guid}/rotate", RotateAsync);
        admin.MapPost("/webhooks/{id:guid}/off", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => TurnAsync(id, on: false, http, api, ct));
        admin.MapPost("/webhooks/{id:guid}/on", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) => TurnAsync(id, on: true, http, api, ct));
        admin.MapPost("/webhooks/{id:guid}/test", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, $"/webhooks/{id}/test", null, "A test event is on its way. Look again to see what came of it.", ct));
        admin.MapPost("/webhooks/{id:guid}/replay", ReplayAsync);
        admin.MapPost("/webhooks/{id:guid}/delete", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/webhooks/{id}", null, "Deleted.", ct));
        admin.MapGet("/webhooks/{id:guid}/deliveries/{delivery:guid}", DeliveryAsync);
        admin.MapPost("/webhooks/{id:guid}/deliveries/{delivery:guid}/replay", (Guid id, Guid delivery, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, $"/webhooks/{id}/deliveries/{delivery}/replay", null, "It is sent again, under the same id.", ct));
    }

    static async Task<IResult> ListAsync(Filled form, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var list = await api.GetAsync<Paged<WebhookView>>($"/webhooks?limit=50&sort=name&page={Query.Page(http.Request.Query)}", ct);
        return Pages.Show<WebhooksPage>(new() { ["List"] = list, ["Form"] = form }, form.Status);
    }

    static async Task<IResult> RegisterAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<WebhookSecret>(HttpMethod.Post, "/webhooks", BodyOf(form, http), ct);
        return answer.Problem is { } problem ? await ListAsync(form with { Problem = problem }, http, api, ct) : Show(answer.Value!, isNew: true);
    }

    static async Task<IResult> ShowAsync(Guid id, Filled? form, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var filter = Query.Read(http.Request.Query, "state", "after");
        var log = api.GetAsync<CursorPage<WebhookDeliveryView>>($"/webhooks/{id}/deliveries{Query.Of(filter, ("limit", "20"))}", ct);
        var hook = await api.GetAsync<WebhookView>($"/webhooks/{id}", ct);
        return Pages.Show<WebhookPage>(new()
        {
            ["Hook"] = hook, ["Log"] = await log, ["Filter"] = filter,
            ["Form"] = form ?? Filled.With(
                ("name", hook.Name), ("url", hook.Url), ("all", hook.EventTypes is null ? "true" : null),
                ("event_types", hook.EventTypes is null ? null : string.Join(',', hook.EventTypes))),
        }, form?.Status ?? StatusCodes.Status200OK);
    }

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var answer = await api.SendAsync<WebhookView>(HttpMethod.Patch, $"/webhooks/{id}", BodyOf(form, http), ct, form.Key, form.IfMatch);
        if (answer.Problem is { } problem)
            return await ShowAsync(id, form with { Problem = problem }, http, api, ct);
        Flash.Say(http, "Saved.");
        return Pages.GoTo(http, $"/admin/webhooks/{id}");
    }

    static async Task<IResult> RotateAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var hours = int.TryParse(form.Of("old_secret_hours"), out var number) ? number : 24;
        var answer = await api.SendAsync<WebhookSecret>(HttpMethod.Post, $"/webhooks/{id}/rotate", new RotateWebhookSecretRequest(hours), ct, ifMatch: form.IfMatch);
        return answer.Problem is { } problem ? Press.Say(http, problem.Detail, "danger") : Show(answer.Value!, isNew: false);
    }

    static Task<IResult> TurnAsync(Guid id, bool on, HttpContext http, ApiClient api, CancellationToken ct) => Press.DoAsync(
        http, api, HttpMethod.Patch, $"/webhooks/{id}", new ChangeWebhookRequest { IsActive = on }, on ? "It is told of what happens from now on." : "Nothing is sent to it any more.", ct);

    static async Task<IResult> ReplayAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (!DateOnly.TryParseExact(form.Of("since"), "yyyy-MM-dd", out var day))
            return Press.Say(http, "Choose the day since when.", "danger");
        var request = new ReplayWebhookRequest(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero));
        var answer = await api.SendAsync<WebhookReplay>(HttpMethod.Post, $"/webhooks/{id}/replay", request, ct, form.Key);
        return answer.Problem is { } problem ? Press.Say(http, problem.Detail, "danger") : Press.Say(http, answer.Value!.Replayed switch
        {
            0 => "Nothing has failed since then.",
            1 => "One is sent again.",
            var many => $"{many} are sent again.",
        });
    }

    static async Task<IResult> DeliveryAsync(Guid id, Guid delivery, ApiClient api, CancellationToken ct) => Pages.Show<WebhookDeliveryPage>(new()
    {
        ["Hook"] = await api.GetAsync<WebhookView>($"/webhooks/{id}", ct),
        ["Details"] = await api.GetAsync<WebhookDeliveryDetails>($"/webhooks/{id}/deliveries/{delivery}", ct),
    });

    /// <summary>With the box for all, or of none, the others say nothing.</summary>
    static JsonObject BodyOf(Filled form, HttpContext http) => new()
    {
        ["name"] = form.Of("name"),
        ["url"] = form.Of("url"),
        ["event_types"] = form.Is("all") ? null : new JsonArray([.. http.Request.Form["event_types"].OfType<string>().Select(t => JsonValue.Create(t))]),
    };

    static IResult Show(WebhookSecret secret, bool isNew) => Pages.Show<WebhookSecretPage>(new() { ["Made"] = secret, ["IsNew"] = isNew });
}
