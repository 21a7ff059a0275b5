using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Cli.Hosting;

/// <summary>A service's application without a port, for a command that does something by the service's own code.</summary>
internal static class QuietService
{
    static readonly Dictionary<string, string?> Quiet = new(StringComparer.Ordinal) { [InProcess.Setting] = "true", ["log_level"] = "Error", ["migrate_at_start"] = "false", ["tickets_timers"] = "false", ["webhooks_deliver"] = "false" };

    public static async Task UseAsync(IConfiguration settings, ServiceDefinition definition, Func<IServiceProvider, Task> work, CancellationToken ct)
    {
        await using var app = definition.Build(Installation.Over(settings, Quiet));
        await app.StartAsync(ct);
        try
        {
            await work(app.Services);
        }
        finally
        {
            // Also after a fault, of which the command says a line; what runs in the background would say more of being cut off.
            await app.StopAsync(CancellationToken.None);
        }
    }
}
