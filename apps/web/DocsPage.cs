using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web;

/// <summary>The page at <c>/docs</c>, on which the API is read and tried. Everything it needs is here: nothing comes from the network.</summary>
static class DocsPage
{
    public static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    const string Library = "/lib/swagger-ui-5.35.0";

    const string Html =
        $"""
         <!doctype html>
         <html lang="en">
         <head>
           <meta charset="utf-8">
           <meta name="viewport" content="width=device-width, initial-scale=1">
           <meta name="color-scheme" content="light dark">
           <title>HDMS API</title>
           <link rel="icon" href="/favicon.svg" type="image/svg+xml">
           <link rel="stylesheet" href="/docs.css">
           <link rel="stylesheet" href="{Library}/swagger-ui.css">
           <script src="{Library}/swagger-ui-bundle.js" defer></script>
           <script src="/docs.js" defer></script>
         </head>
         <body>
         <nav class="bar"><a href="/">HDMS</a> <span aria-hidden="true">/</span> API</nav>
         <noscript><p class="bar">This page needs JavaScript; the document itself is at <a href="/openapi/v1.json">/openapi/v1.json</a>.</p></noscript>
         <main id="api"></main>
         </body>
         </html>

         """;

    public static void Map(IEndpointRouteBuilder app) => app.MapMethods("/docs", Read, Handle);

    static ContentHttpResult Handle(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Content(Html, "text/html; charset=utf-8");
    }
}
