using System.Globalization;
using System.Net;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Web;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Hosting;

/// <summary>
/// Everything in this process: the services, the web app, and the private server unless another is set. What can be done at
/// once is.
/// </summary>
internal sealed class Up : IAsyncDisposable
{
    readonly PrivateCluster? _cluster;
    readonly OneProcess _process;

    Up(PrivateCluster? cluster, DatabaseServer server, OneProcess process) => (_cluster, Server, _process) = (cluster, server, process);

    public DatabaseServer Server { get; }

    public static async Task<Up> StartAsync(Installation installation, IPAddress? address, int port, ILoggerFactory log, CancellationToken ct)
    {
        using var progress = new SlowWork();
        // The data directory first: whoever asks twice is told who has it, not that the port is taken.
        var opening = installation.IsOnExistingServer ? Task.FromResult<PrivateCluster?>(null) : OpenClusterAsync(installation, log, progress, ct);
        var process = new OneProcess(address, port, log);
        PrivateCluster? cluster = null;
        try
        {
            cluster = await opening;
            var listening = process.ListenAsync(ct);
            var launching = cluster?.LaunchAsync(ct) ?? Task.CompletedTask;
            var server = DatabaseServer.Of(installation, cluster);
            var settings = Installation.Over(server.Settings, Shared(address, port));
            var building = AllServices.Definitions.Select(d => Task.Run(() => InnerApp.Of(d.Service, d.Build(settings)), ct))
                .Append(Task.Run(() => new InnerApp(WebApp.Name, [], WebApp.Build(settings)), ct)).ToList();
            await Task.WhenAll(listening, launching);
            progress.Report("Preparing the databases");
            await server.ProvisionAsync(AllServices.Contracts, ct);
            progress.Report("Starting the services");
            await process.StartAsync(await Task.WhenAll(building), ct);
            return new Up(cluster, server, process);
        }
        catch
        {
            await process.DisposeAsync();
            if (cluster is not null)
                await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The services first, so that what they have in hand is written; then the server.</summary>
    public async Task StopAsync(CancellationToken atOnce) => await _process.StopAsync(atOnce);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    static async Task<PrivateCluster?> OpenClusterAsync(Installation installation, ILoggerFactory log, IProgress<string> progress, CancellationToken ct) =>
        await PrivateCluster.OpenAsync(
            new ClusterOptions(installation.Data) { PgBin = installation.PgBin, Progress = progress }, log.CreateLogger("hdms"), ct);

    // Services find one another where everybody finds them; nothing else may be said of it.
    static Dictionary<string, string?> Shared(IPAddress? address, int port)
    {
        var host = address is null || address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
        var url = string.Create(CultureInfo.InvariantCulture, $"http://{new IPEndPoint(host, port)}");
        var settings = Services.All.ToDictionary(s => $"{s.Name}_url", _ => (string?)url, StringComparer.Ordinal);
        settings[InProcess.Setting] = "true";
        return settings;
    }
}
