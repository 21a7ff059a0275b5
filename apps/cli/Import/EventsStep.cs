using Hdms.Cli.Hosting;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Cli.Import;

/// <summary>Step 5: an event with its whole state for each row, which feeds and history stand on.</summary>
internal static class EventsStep
{
    /// <returns>How many events.</returns>
    public static async Task<long> RunAsync(DatabaseServer server, ServiceDefinition definition, IProgress<string> progress, CancellationToken ct)
    {
        var appended = 0L;
        await QuietService.UseAsync(server.Settings, definition, async services =>
        {
            foreach (var table in definition.State)
            {
                var told = new Told(progress);
                appended += (await QuietBackfill.RunAsync(services.GetRequiredService<ServiceDatabase>(), table, told, ct)).Appended;
            }
        }, ct);
        return appended;
    }

    sealed class Told(IProgress<string> progress) : IProgress<BackfillProgress>
    {
        public void Report(BackfillProgress value) => progress.Report($"Events of {value.Table}: {value.Looked * 100 / Math.Max(1, value.Total)} %");
    }
}
