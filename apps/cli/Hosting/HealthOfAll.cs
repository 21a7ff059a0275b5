using System.Globalization;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hdms.Cli.Hosting;

/// <summary><c>/healthz</c> and <c>/readyz</c> of a process that is several services: ready when all are.</summary>
internal sealed class HealthOfAll(IReadOnlyList<InnerApp> apps)
{
    public const string Alive = "/healthz";
    public const string Ready = "/readyz";

    public async Task AnswerAsync(IFeatureCollection features)
    {
        var http = new DefaultHttpContext(features);
        var (request, response, ct) = (http.Request, http.Response, http.RequestAborted);
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        var states = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Path == Ready)
        {
            var ready = await Task.WhenAll(apps.Select(a => a.IsReadyAsync(ct)));
            foreach (var (app, isReady) in apps.Zip(ready))
                states[app.Name] = isReady ? "ready" : "not_ready";
            response.StatusCode = ready.All(r => r) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        }

        var status = request.Path == Alive ? "ok" : response.StatusCode == StatusCodes.Status200OK ? "ready" : "not_ready";
        var body = JsonSerializer.SerializeToUtf8Bytes(
            request.Path == Alive
                ? (object)new { status, version = ProgramVersion.Text }
                : new { status, version = ProgramVersion.Text, services = states },
            Json.Tolerant);
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.ContentLength = body.Length;
        if (response.StatusCode != StatusCodes.Status200OK)
            response.Headers.RetryAfter = 2.ToString(CultureInfo.InvariantCulture);
        if (HttpMethods.IsGet(request.Method))
            await response.Body.WriteAsync(body, ct);
    }
}
