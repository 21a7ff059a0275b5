using System.Net;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web;

/// <summary>The frame that every page has.</summary>
static class Page
{
    public static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    public static IResult Of(string title, string body, string head = "", int status = StatusCodes.Status200OK) => TypedResults.Content(
        $"""
         <!doctype html>
         <html lang="en">
         <head>
           <meta charset="utf-8">
           <meta name="viewport" content="width=device-width, initial-scale=1">
           <meta name="color-scheme" content="light dark">
           <title>{Text(title)}</title>
           <link rel="icon" href="/favicon.svg" type="image/svg+xml">
           <link rel="stylesheet" href="/docs.css">
           {head}
         </head>
         <body>
         {body}
         </body>
         </html>

         """,
        "text/html; charset=utf-8",
        statusCode: status);

    public static string Text(string? value) => WebUtility.HtmlEncode(value) ?? "";
}
