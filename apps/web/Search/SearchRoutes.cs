using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Search;

/// <summary>Search over tickets and messages; people's names for forms that name somebody.</summary>
static class SearchRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/search", ShowAsync);
        pages.MapGet("/suggest/people", SuggestAsync);
    }

    static async Task<IResult> ShowAsync([FromQuery] string? q, ApiClient api, CancellationToken ct)
    {
        var words = q?.Trim() ?? "";

        // Whoever types a whole number wants that ticket.
        if (words.StartsWith("HD-", StringComparison.OrdinalIgnoreCase) && await api.FindAsync<TicketView>($"/tickets/{Uri.EscapeDataString(words.ToUpperInvariant())}", ct) is { Number: { } number })
            return Results.Redirect($"/tickets/{number}");
        var found = words.Length == 0 ? new ApiAnswer<SearchAnswer>(null, null) : await api.SendAsync<SearchAnswer>(HttpMethod.Get, $"/search?q={Uri.EscapeDataString(words)}&limit=50", null, ct);
        if (found.Problem is { Status: 401 } over)
            throw new ApiException(over);
        return Pages.Show<SearchPage>(new() { ["Words"] = words, ["Found"] = found.Value, ["Problem"] = found.Problem }, found.Problem?.Status ?? 200);
    }

    static async Task<IResult> SuggestAsync([FromQuery] string? q, ApiClient api, CancellationToken ct) => Results.Json(
        ((await api.TryAsync<Paged<UserView>>($"/users?is_active=true&limit=8&count=none&q={Uri.EscapeDataString(q ?? "")}", ct))?.Data ?? [])
            .Select(u => u.EmployeeCode is null ? $"{u.FirstName} {u.LastName}" : $"{u.EmployeeCode} · {u.FirstName} {u.LastName}"));
}
