using System.CommandLine;
using System.Net;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;

namespace Hdms.Cli.Commands;

/// <summary>One role per process, behind nginx (deploy/nginx.conf), or all of them in one without a private server.</summary>
internal static class ServeCommand
{
    const string All = "all";

    static readonly TimeSpan Drain = TimeSpan.FromSeconds(15);

    static readonly Argument<string> Role = new("role") { Description = $"{string.Join(", ", AllServices.Contracts.Select(s => s.Name))}, {WebApp.Name} or {All}" };

    static readonly Option<string?> Listen = new("--listen") { Description = "The address to listen on [default: 127.0.0.1; setting listen]", HelpName = "IP" };

    static readonly Option<int?> Port = new("--port")
    {
        Description = $"The port [default: {string.Join(", ", AllServices.Contracts.Select(s => $"{s.Port} for {s.Name}"))}, {WebApp.Port} else; setting port]",
        HelpName = "N",
    };

    public static Command Create(Signals signals)
    {
        var command = new Command("serve", "Run one role in this process, on the database that is set.") { Role, Listen, Port };
        command.SetAction((parsed, _) => RunAsync(parsed, signals));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Signals signals)
    {
        var installation = Installation.Of(parsed);
        var role = parsed.GetValue(Role)!;
        var listen = parsed.GetValue(Listen) ?? installation.Settings["listen"] ?? "127.0.0.1";
        if (!IPAddress.TryParse(listen, out var address))
            throw new SettingException("listen", $"'{listen}' is not an IP address.");
        var port = parsed.GetValue(Port) ?? installation.Settings.Number("port", AllServices.Contracts.FirstOrDefault(s => s.Name == role)?.Port ?? WebApp.Port, 1, 65535);
        if (role == All)
            return await ServeAllAsync(installation, address, port, signals);

        var given = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["listen"] = listen,
            ["port"] = $"{port}",
        };
        await using var app = role == WebApp.Name
            ? WebApp.Build(Installation.Over(installation.Settings, given))
            : AllServices.Named(role)[0].Build(Installation.Over(SettingsOfServices(installation), given));
        return await ServeAsync(app, role, address, port, signals);
    }

    static async Task<int> ServeAsync(WebApplication app, string role, IPAddress address, int port, Signals signals)
    {
        try
        {
            await app.StartAsync(signals.Stop);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new OneLineError($"Port {port} is taken by another program; choose another with --port.", ExitCode.InUse, e);
        }

        Console.WriteLine($"HDMS {role} is at http://{new IPEndPoint(address, port)}");
        await SignalAsync(signals);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(signals.AtOnce);
        patience.CancelAfter(Drain);
        await app.StopAsync(patience.Token);
        return ExitCode.Done;
    }

    static async Task<int> ServeAllAsync(Installation installation, IPAddress address, int port, Signals signals)
    {
        if (!installation.IsOnExistingServer)
            throw NoDatabase(installation);
        using var log = CliLog.Create(installation.Settings);
        await using var up = await Up.StartAsync(installation, address, port, demo: false, log, signals.Stop);
        Console.WriteLine($"HDMS is at http://{new IPEndPoint(address, port)}");
        await SignalAsync(signals);
        await up.StopAsync(signals.AtOnce);
        return ExitCode.Done;
    }

    static IConfiguration SettingsOfServices(Installation installation)
    {
        if (!installation.IsOnExistingServer && Cluster.PrivateCluster.FindRunning(installation.Data) is null)
            throw NoDatabase(installation);
        return DatabaseServer.Find(installation).Settings;
    }

    static OneLineError NoDatabase(Installation installation) => new(
        $"There is no database to serve from: set database (host:port/{Services.SharedDatabase}), or run hdms up, whose own is in {installation.Data}.", ExitCode.WrongUsage);

    static async Task SignalAsync(Signals signals)
    {
        await Task.Delay(Timeout.Infinite, signals.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine("Stopping …");
    }
}
