using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Sight;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Search;

static class SearchTickets
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/search", Handle)
        .WithName(nameof(SearchTickets))
        .WithTags("Search")
        .WithSummary("Tickets by number, or by words of their titles, descriptions and messages, as far as the caller may read them; the best first")
        .WithProblems(Codes.ValidationFailed);

    static async Task<Answer<SearchAnswer>> Handle([AsParameters] SearchQuery query, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("q", query.Q, 100);
        check.That("limit", query.Limit is >= 1 and <= PageQuery.MostAtOnce, $"must be 1 to {PageQuery.MostAtOnce}");
        check.Done();
        if (Words.Of(query.Q) is not { } words)
        {
            return Answer.Ok(new SearchAnswer([], 0, false));
        }

        var now = clock.GetUtcNow();
        return Answer.Ok(await db.ReadAsync(async connection =>
        {
            var standing = await Standing.ReadAsync(connection, caller, now, ct);
            return await Finding.ReadAsync(connection, standing, query.Q!.Trim(), words, query.Limit, now, ct);
        }, ct));
    }
}

sealed record SearchQuery(
    [property: FromQuery(Name = "q"), StringLength(100, MinimumLength = 1), Description("A number or the beginning of one, or words; of the last word its beginning")] string? Q = null,
    [property: FromQuery(Name = "limit"), Range(1, PageQuery.MostAtOnce), Description("Hits at most")] int Limit = 20);
