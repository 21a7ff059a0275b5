using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web;

/// <summary>What nobody answers: a page for people, a problem for programs.</summary>
static class NotFoundPage
{
    public static Task AnswerAsync(HttpContext http)
    {
        if (!IsForPeople(http.Request))
            throw new Refusal(Codes.NotFound, "No route or thing is at this address.");
        return Page.Of(
            "Not found",
            """
            <header class="top"><div><h1>Not found</h1><p>There is nothing at this address. <a href="/">To the start</a></p></div></header>
            """,
            status: StatusCodes.Status404NotFound).ExecuteAsync(http);
    }

    static bool IsForPeople(HttpRequest request) =>
        Page.Read.Contains(request.Method)
        && !request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/openapi", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/.well-known", StringComparison.Ordinal)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
