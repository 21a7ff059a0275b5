using System.Text;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Rollback;

/// <summary>In the place of what was stopped: answers every request with 503 and Retry-After, so that people and programs come again.</summary>
internal sealed class ClosedSign : IAsyncDisposable
{
    const int RetryAfter = 10;

    static readonly byte[] Body = Encoding.UTF8.GetBytes(
        $$"""{"type":"about:blank","title":"Service Unavailable","status":503,"code":"{{Codes.Unavailable.Name}}","detail":"A backup is being restored. Come again in a minute."}""");

    readonly WebApplication _app;

    ClosedSign(WebApplication app) => _app = app;

    /// <returns>Null where somebody else has the port: then that answers.</returns>
    public static async Task<ClosedSign?> HangAsync(int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(port));
        var app = builder.Build();
        app.Run(async http =>
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = $"{RetryAfter}";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.ContentType = "application/problem+json";
            await http.Response.Body.WriteAsync(Body);
        });
        try
        {
            await app.StartAsync(ct);
            return new ClosedSign(app);
        }
        catch (IOException)
        {
            await app.DisposeAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
