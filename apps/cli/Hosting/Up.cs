using System.Globalization;
using System.Net;
using Hdms.Cli.Cluster;
using Hdms.Cli.Import;
using Hdms.Cli.Migrate;
using Hdms.Cli.Operations;
using Hdms.Communication.Demo;
using Hdms.Contracts;
using Hdms.Files.Demo;
using Hdms.Kit.Hosting;
using Hdms.Tickets.Demo;
using Hdms.Users;
using Hdms.Users.Demo;
using Hdms.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Hosting;

/// <summary>
/// Everything in this process: the services, the web app, and the private server unless another is set. What can be done at
/// once is.
/// </summary>
internal sealed class Up : IAsyncDisposable
{
    const int DemoTicketsWithFiles = 4;

    readonly PrivateCluster? _cluster;
    readonly OneProcess _process;
    readonly CancellationTokenSource _stopping = new();
    HostedMoves? _moves;

    Up(PrivateCluster? cluster, DatabaseServer server, OneProcess process, IReadOnlyList<DemoPerson> demo) =>
        (_cluster, Server, _process, Demo) = (cluster, server, process, demo);

    public DatabaseServer Server { get; }

    /// <summary>Empty without the demo organisation.</summary>
    public IReadOnlyList<DemoPerson> Demo { get; }

    /// <summary>Makes the demo organisation's tickets, in the background; whether there was anything to make.</summary>
    public Task<bool> DemoTickets { get; private set; } = Task.FromResult(false);

    /// <summary>Whether there is no admin who could let anybody in.</summary>
    public bool NeedsAdmin { get; private init; }

    /// <param name="demo">Whether an installation with nobody in it gets the demo organisation; on a private server only.</param>
    public static async Task<Up> StartAsync(Installation installation, IPAddress? address, int port, bool demo, ILoggerFactory log, CancellationToken ct)
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
                .Append(Task.Run(() => new InnerApp(OperationsApp.Name, OperationsApp.Service.Paths, OperationsApp.Build(server, settings)), ct))
                .Append(Task.Run(() => new InnerApp(WebApp.Name, [], WebApp.Build(settings)), ct)).ToList();
            await Task.WhenAll(listening, launching);
            progress.Report("Preparing the databases");
            if (cluster is not null)
                await HomesOnPrivateServer.SettleRoutesAsync(cluster.Address, ct);
            await server.ProvisionAsync(AllServices.Contracts, ct);
            await ImportPlace.MustNotBeUnderWayAsync(server, ct);
            progress.Report("Starting the services");
            var apps = await Task.WhenAll(building);
            IReadOnlyList<DemoPerson> people = [];
            var tickets = apps.Single(a => a.Name == Services.Tickets.Name).App.Services;
            var isOurs = address is null && cluster is not null;
            var withTickets = demo && isOurs && installation.Settings.Flag("demo_tickets", true);
            if (withTickets)
            {
                Tickets.Demo.DemoTickets.HoldTimers(tickets);
                DemoTalk.Begin(apps.Single(a => a.Name == Services.Communication.Name).App.Services);
            }

            // Made-up people, whose password all know, are for trying things out here: not for others to come in as, nor for a server that
            // somebody has set up.
            await process.StartAsync(apps, ct, isOurs ? async () => people = await PopulateAsync(apps, demo, progress, ct) : null);
            var needsAdmin = await FirstAdmin.IsNeededAsync(UsersIn(apps), ct);
            var up = new Up(cluster, server, process, people) { NeedsAdmin = needsAdmin, _moves = HostedMoves.Start(server, log.CreateLogger("hdms")) };
            if (withTickets)
                up.DemoTickets = MakeTicketsAsync(UsersIn(apps), tickets, apps.Single(a => a.Name == Services.Files.Name).App.Services, up._stopping.Token);
            return up;
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
    public async Task StopAsync(CancellationToken atOnce)
    {
        await _stopping.CancelAsync();
        await ((Task)DemoTickets).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _process.StopAsync(atOnce);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        // After the services, so that their last writes are carried over, too.
        if (_moves is not null)
            await _moves.DisposeAsync();
        _stopping.Dispose();
        await _process.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    static async Task<IReadOnlyList<DemoPerson>> PopulateAsync(InnerApp[] apps, bool demo, SlowWork progress, CancellationToken ct)
    {
        var users = UsersIn(apps);
        progress.Report("Making the demo organisation");
        if (demo)
            await DemoOrganisation.MakeAsync(users, ct);
        var people = await DemoOrganisation.SignInsAsync(users, ct);
        apps.Single(a => a.Name == WebApp.Name).App.Services.GetRequiredService<DemoSignIns>()
            .Show(DemoOrganisation.Password, [.. people.Select(p => new DemoSignIn(p.As, p.Name, p.EmployeeCode))]);
        return people;
    }

    static async Task<bool> MakeTicketsAsync(IServiceProvider users, IServiceProvider tickets, IServiceProvider files, CancellationToken ct)
    {
        var made = await Tickets.Demo.DemoTickets.MakeAsync(
            tickets,
            [.. (await DemoOrganisation.PeopleAsync(users, ct)).Select(p => new DemoColleague(p.Id, p.Role, p.IsCeo, p.IsApprover, p.DepartmentId, p.Department))],
            ct);
        if (made)
        {
            var some = await Tickets.Demo.DemoTickets.SomeAsync(tickets, DemoTicketsWithFiles, ct);
            await DemoFiles.MakeAsync(files, [.. some.Select(t => new DemoTarget(t.Id, t.Number, t.Title, t.RequesterId))], ct);
        }

        return made;
    }

    static IServiceProvider UsersIn(InnerApp[] apps) => apps.Single(a => a.Name == Services.Users.Name).App.Services;

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
