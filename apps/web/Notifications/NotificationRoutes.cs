using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Notifications;

/// <summary>What somebody was told, and what they want to be told of.</summary>
static class NotificationRoutes
{
    const int PerPage = 25;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/notifications", ShowAsync);
        pages.MapPost("/notifications/{id:guid}/open", OpenAsync);
        pages.MapPost("/notifications/read-all", (HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, "/notifications/read-all", null, "All are marked as read.", ct));
        pages.MapGet("/notifications/preferences", PreferAsync);
        pages.MapPost("/notifications/preferences", KeepAsync);
    }

    static async Task<IResult> ShowAsync([FromQuery] string? after, [FromQuery] bool? unread, ApiClient api, CancellationToken ct)
    {
        var count = api.TryAsync<UnreadCount>("/notifications/unread-count", ct);
        var list = await api.GetAsync<CursorPage<NotificationView>>($"/notifications{Query.Of(("unread", unread == true ? "true" : null), ("after", after), ("limit", $"{PerPage}"))}", ct);
        return Pages.Show<NotificationsPage>(new() { ["List"] = list, ["Unread"] = await count, ["OnlyUnread"] = unread == true, ["IsFirst"] = string.IsNullOrEmpty(after) });
    }

    /// <summary>It has been read, and on to what it is about.</summary>
    static async Task<IResult> OpenAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<NotificationView>(HttpMethod.Post, $"/notifications/{id}/read", null, ct);
        if (answer.Problem is { } problem)
            return Press.Say(http, problem.Detail, "danger");
        return Pages.GoTo(http, AddressOf(answer.Value!));
    }

    static string AddressOf(NotificationView told) => told switch
    {
        { TicketId: null } => "/notifications",
        { Metadata.MessageId: { } message } => $"/tickets/{told.TicketId}#m-{message}",
        { Metadata.SubTicketId: not null } => $"/tickets/{told.TicketId}?show=sub_tickets",
        _ => $"/tickets/{told.TicketId}",
    };

    static async Task<IResult> PreferAsync(ApiClient api, CancellationToken ct) =>
        Pages.Show<PreferencesPage>(new() { ["Preferences"] = await api.GetAsync<IReadOnlyList<NotificationPreference>>("/notifications/preferences", ct), ["Form"] = Filled.Empty });

    static async Task<IResult> KeepAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var wanted =
            from type in Enum.GetValues<NotificationType>()
            from channel in Enum.GetValues<NotificationChannel>()
            let mode = Words.Read<NotificationMode>(form.Of(PreferencesPage.NameOf(type, channel)))
            where mode is not null
            select new NotificationPreference(type, channel, mode.Value);
        var answer = await api.SendAsync<Nothing>(HttpMethod.Patch, "/notifications/preferences", new ChangePreferencesRequest([.. wanted]), ct, form.Key);
        if (answer.Problem is { } problem)
            return Pages.Show<PreferencesPage>(new() { ["Preferences"] = wanted.ToList(), ["Form"] = form with { Problem = problem } }, problem.Status);
        Flash.Say(http, "Kept. It holds from now on.");
        return Pages.GoTo(http, "/notifications/preferences");
    }
}
