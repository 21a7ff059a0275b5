using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Rollback;

/// <summary>In the place of what was stopped: answers every request with 503 and Retry-After, so that people and programs come again.</summary>
internal sealed class ClosedSign : IAsyncDisposable
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    readonly WebApplication _app;

    ClosedSign(WebApplication app) => _app = app;

    /// <returns>Null where somebody else has the port: then that answers.</returns>
    public static async Task<ClosedSign?> HangAsync(int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(port));
        var app = builder.Build();
        app.Run(http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return ProblemWriter.WriteAsync(http, Refusal.Unavailable(Codes.Unavailable, "A backup is being restored. Come again in a minute.", RetryAfter));
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
