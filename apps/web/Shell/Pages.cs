using System.Text.Json;
using Hdms.Web.Session;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hdms.Web.Shell;

/// <summary>What routes answer with.</summary>
static class Pages
{
    public static IResult Show<TPage>(Dictionary<string, object?> parameters, int status = StatusCodes.Status200OK)
        where TPage : IComponent =>
        new RazorComponentResult<TPage>(parameters) { StatusCode = status, ContentType = "text/html; charset=utf-8", PreventStreamingRendering = true };

    /// <summary>
    /// After something was done: on to a page that shows it (RFC 9110 section 15.4.4). A dialog's form is told by a header instead,
    /// since a script can't see where a redirect leads before it is there.
    /// </summary>
    public static IResult GoTo(HttpContext http, string path)
    {
        if (!http.Request.Headers.ContainsKey("HX-Request") || http.Request.Headers.ContainsKey("HX-Boosted"))
            return Results.Redirect(path);
        http.Response.Headers["HX-Location"] = JsonSerializer.Serialize(new { path, target = "body", swap = "morph:innerHTML show:none" });
        return Results.NoContent();
    }

    /// <summary>For everybody who is signed in; the others sign in first and come back.</summary>
    public static async ValueTask<object?> SignedIn(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        return http.RequestServices.GetService(typeof(PersonSession)) is PersonSession { Me: not null } ? await next(context) : ToSignIn(http);
    }

    public static IResult ToSignIn(HttpContext http)
    {
        var here = HttpMethods.IsGet(http.Request.Method) ? $"{http.Request.Path}{http.Request.QueryString}" : PathOfReferer(http.Request);
        return Results.Redirect($"{SignInRoutes.Path}?return={Uri.EscapeDataString(here)}");
    }

    /// <summary>The list beside which a ticket is shown: whoever acts there goes on there. Null on a ticket's own page.</summary>
    public static string? ListOf(HttpContext http) =>
        http.Request.Path.Value is "/board" or "/approvals" ? $"{http.Request.Path}{http.Request.QueryString}" : null;

    public static string PathOfReferer(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out var from) && from.Authority == request.Host.Value ? from.PathAndQuery : "/";
}
