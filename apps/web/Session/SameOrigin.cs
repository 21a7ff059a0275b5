using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Session;

/// <summary>
/// Refuses what another site's page has a browser send: cookies would go along with it. Every browser says where a request comes from
/// (Sec-Fetch-Site, or Origin in older ones; W3C Fetch Metadata, OWASP cross-site request forgery prevention).
/// </summary>
sealed class SameOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return isSafe || IsOurs(request) ? next(http) : throw new Refusal(Codes.Forbidden, "The request comes from another site's page.");
    }

    static bool IsOurs(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
            return site is "same-origin" or "none";
        var origin = request.Headers.Origin.ToString();
        // Programs without pages, as curl, say neither; they have no cookies that they did not ask for themselves.
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
