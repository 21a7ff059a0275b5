using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web;

/// <summary>The page at <c>/docs</c>, on which the API is read and tried. Everything it needs is here: nothing comes from the network.</summary>
static class DocsPage
{
    const string Library = "/lib/swagger-ui-5.35.0";

    public static void Map(IEndpointRouteBuilder app) => app.MapMethods("/docs", Page.Read, Handle);

    static IResult Handle(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-cache";
        return Page.Of(
            "HDMS API",
            """
            <nav class="bar"><a href="/">HDMS</a> <span aria-hidden="true">/</span> API</nav>
            <noscript><p class="bar">This page needs JavaScript; the document itself is at <a href="/openapi/v1.json">/openapi/v1.json</a>.</p></noscript>
            <main id="api"></main>
            """,
            $"""
             <link rel="stylesheet" href="{Library}/swagger-ui.css">
               <script src="{Library}/swagger-ui-bundle.js" defer></script>
               <script src="/docs.js" defer></script>
             """);
    }
}
