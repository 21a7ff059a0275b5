using Hdms.Web.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Live;

/// <summary>
/// The communication service's stream of what concerns the person, handed through: a browser can send a cookie with it, but no token.
/// When the token ends, so does the stream; the browser comes back, its session has the next token then, and it goes on where it was.
/// </summary>
static class LiveRoutes
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/live", HandleAsync);

    static async Task HandleAsync(HttpContext http, ApiClient api)
    {
        var ct = http.RequestAborted;
        using var answer = await api.OpenAsync(
            HttpMethod.Get, "/live", null, ct, ("Last-Event-ID", http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : http.Request.Query["last"].ToString()), ("Accept", "text/event-stream"));
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[8192];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, ct)) > 0;)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), ct);
                await http.Response.Body.FlushAsync(ct);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException || ct.IsCancellationRequested)
        {
            // The service has stopped, or the browser has gone: either comes back by itself.
        }
    }
}
