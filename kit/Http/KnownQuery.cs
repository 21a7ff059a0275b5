using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Http;

/// <summary>Route conventions of query parameters.</summary>
public static class KnownQuery
{
    /// <summary>Refuses every query parameter but these: a filter with a slip in its name must not answer with everything.</summary>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder builder, params string[] known) =>
        builder.WithProblems(Codes.Malformed).AddEndpointFilter((context, next) =>
        {
            var unknown = context.HttpContext.Request.Query.Keys.Except(known, StringComparer.Ordinal).ToArray();
            return unknown.Length == 0
                ? next(context)
                : throw new Refusal(Codes.Malformed, $"Not known here: {string.Join(", ", unknown)}. Known: {string.Join(", ", known)}.")
                {
                    Errors = unknown.ToDictionary(u => u, _ => new[] { "is not known here" }),
                };
        });
}
