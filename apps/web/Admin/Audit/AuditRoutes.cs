using System.Globalization;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Audit;

/// <summary>Who did what, in each service's log, refused attempts among it.</summary>
static class AuditRoutes
{
    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/audit", ShowAsync);

    /// <summary>The services that keep an audit, as <c>/audit/NAME</c>.</summary>
    public static IEnumerable<string> Kept => Services.All.Where(s => s.Paths.Contains($"{Service.Api}/audit/{s.Name}")).Select(s => s.Name);

    static async Task<IResult> ShowAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var filter = Query.Read(http.Request.Query, "service", "actor", "actor_id", "subject_id", "type", "from", "to");
        var after = http.Request.Query["after"].ToString();
        var service = Kept.FirstOrDefault(s => s == filter.Of("service")) ?? Services.Tickets.Name;
        var (query, problem) = await ToApiAsync(filter, after, api, ct);
        CursorPage<AuditEntry>? list = null;
        if (query is not null)
        {
            var answer = await api.SendAsync<CursorPage<AuditEntry>>(HttpMethod.Get, $"/audit/{service}{query}", null, ct);
            if (answer.Problem is { Status: 401 or 403 } no)
                throw new ApiException(no);
            (list, problem) = (answer.Value, filter with { Problem = answer.Problem });
        }

        return Pages.Show<AuditPage>(new() { ["Service"] = service, ["Filter"] = problem, ["List"] = list, ["IsFirst"] = after.Length == 0 }, problem.Status);
    }

    static async Task<(string? Query, Filled Filter)> ToApiAsync(Filled filter, string after, ApiClient api, CancellationToken ct)
    {
        var actor = filter.Some("actor_id");
        if (filter.Some("actor") is { } who)
        {
            var (person, why) = await Directory.PersonAsync(api, who, ct);
            if (person is null)
                return (null, filter.Wrong("actor", why!));
            actor = $"{person.Id}";
        }

        if (filter.Some("subject_id") is { } subject && !Guid.TryParse(subject, out _))
        {
            // A ticket's number is what people have at hand.
            if (await api.FindAsync<TicketView>($"/tickets/{Uri.EscapeDataString(subject.ToUpperInvariant())}", ct) is not { } ticket)
                return (null, filter.Wrong("subject_id", "Give a ticket's number, or an id."));
            subject = $"{ticket.Id}";
            return (Build(subject), filter);
        }

        return (Build(filter.Some("subject_id")), filter);

        string Build(string? of) => Query.Of(
            ("actor_id", actor), ("subject_id", of), ("type", filter.Some("type")), ("from", Day(filter.Some("from"), 0)), ("to", Day(filter.Some("to"), 1)), ("after", after), ("limit", "50"));
    }

    /// <summary>A day's beginning in UTC; of the last day wanted, its end.</summary>
    static string? Day(string? text, int more) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? $"{day.AddDays(more):yyyy-MM-dd}T00:00:00Z" : null;
}
