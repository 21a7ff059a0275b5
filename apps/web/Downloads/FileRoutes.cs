using Hdms.Web.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Downloads;

/// <summary>A file's bytes as the files service sends them; nothing of them is kept here.</summary>
static class FileRoutes
{
    static readonly string[] Passed = ["Content-Disposition", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified", "X-Content-Type-Options", "Content-Security-Policy"];

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/files/{id:guid}", (Guid id, HttpContext http, ApiClient api) => SendAsync($"/files/{id}/content", http, api));
        pages.MapGet("/files/{id:guid}/preview", (Guid id, HttpContext http, ApiClient api) => SendAsync($"/files/{id}/preview", http, api));
    }

    static async Task SendAsync(string path, HttpContext http, ApiClient api)
    {
        var ct = http.RequestAborted;
        using var answer = await api.OpenAsync(HttpMethod.Get, path, null, ct, ("Range", http.Request.Headers.Range), ("If-Range", http.Request.Headers.IfRange), ("If-None-Match", http.Request.Headers.IfNoneMatch));
        if ((int)answer.StatusCode >= 400)
            throw new ApiException(await ApiProblem.ReadAsync(answer, ct));
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        http.Response.ContentLength = answer.Content.Headers.ContentLength;
        http.Response.Headers.CacheControl = "private, no-cache";
        foreach (var name in Passed)
        {
            if (answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values))
                http.Response.Headers[name] = values.ToArray();
        }

        await answer.Content.CopyToAsync(http.Response.Body, ct);
    }
}
