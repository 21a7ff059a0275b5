using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hdms.Kit.Http;

/// <summary>Answers with a page of a list: its rows, how many there are, <c>Link: rel="next"</c>, only the fields asked for.</summary>
/// <param name="rows">As many as <see cref="PageQuery.Take"/> found.</param>
/// <param name="counted">What counting up to <see cref="PageQuery.CountUpTo"/> found.</param>
public sealed class Listing<T>(PageQuery query, IReadOnlyList<T> rows, long counted) : IResult, IEndpointMetadataProvider
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (rows.Count > query.Limit && (query.Page + 1L) * query.Limit <= PageQuery.MostRows)
        {
            httpContext.Response.Headers.Link = Links.Next(httpContext.Request, "page", $"{query.Page + 1}");
        }

        var page = new Paged<T>([.. rows.Take(query.Limit)], Pagination());
        if (query.Members() is not { } members)
        {
            await httpContext.Response.WriteAsJsonAsync(page, httpContext.RequestAborted);
            return;
        }

        var some = JsonSerializer.SerializeToNode(page, Json.Tolerant)!;
        foreach (var row in some["data"]!.AsArray().Select(r => r!.AsObject()))
        {
            foreach (var name in row.Select(m => m.Key).Where(k => !members.Contains(k)).ToArray())
            {
                row.Remove(name);
            }
        }

        await httpContext.Response.WriteAsJsonAsync<JsonNode>(some, httpContext.RequestAborted);
    }

    Pagination Pagination()
    {
        if (query.Count == "none")
        {
            return new Pagination(query.Page, query.Limit, null, false, null);
        }

        var capped = query.Count is null && counted > PageQuery.MostRows;
        var total = capped ? PageQuery.MostRows : counted;
        var pages = (Math.Min(total, PageQuery.MostRows) + query.Limit - 1) / query.Limit;
        return new Pagination(query.Page, query.Limit, total, capped, pages);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Paged<T>), ["application/json"]));
    }
}

/// <summary>Links to what follows (RFC 8288).</summary>
static class Links
{
    /// <summary>The same request with another value of one parameter.</summary>
    public static string Next(HttpRequest request, string parameter, string value)
    {
        var query = new QueryBuilder(request.Query.Where(q => !q.Key.Equals(parameter, StringComparison.OrdinalIgnoreCase)))
        {
            { parameter, value },
        };
        return $"<{request.PathBase}{request.Path.ToUriComponent()}{query.ToQueryString()}>; rel=\"next\"";
    }
}
