using System.Globalization;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Acting;
using Hdms.Web.Tickets.Opening;
using Hdms.Web.Tickets.Showing;
using Hdms.Web.Tickets.Talking;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Tickets;

/// <summary>A ticket's pages.</summary>
static class TicketRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        NewTicketRoutes.Map(pages);
        pages.MapGet("/tickets/{id}", ShowAsync);
        ActionRoutes.Map(pages);
        PartRoutes.Map(pages);
        ChatRoutes.Map(pages);
    }

    static async Task<IResult> ShowAsync(
        string id, [FromQuery] string? show, [FromQuery] string? older, [FromQuery(Name = "from")] string? view, ApiClient api, PersonSession session, CancellationToken ct)
    {
        // A link of the old system: the number was the ticket's key there.
        if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var old))
        {
            var now = await api.GetAsync<OldTicketView>(string.Create(CultureInfo.InvariantCulture, $"/tickets/by-old-id/{old}"), ct);
            return Results.Redirect($"/tickets/{now.Number ?? $"{now.Id}"}");
        }

        var ticket = await api.GetAsync<TicketView>($"/tickets/{Uri.EscapeDataString(id)}", ct);
        if (ticket.Status == TicketStatus.Draft)
            return Results.Redirect($"/tickets/{ticket.Id}/edit");
        var tab = Words.Read<TicketTab>(show) ?? TicketTab.Conversation;
        var data = await TicketData.ReadAsync(api, ticket, tab, older, ct);
        return Pages.Show<TicketPage>(new() { ["Data"] = data, ["From"] = view });
    }
}
