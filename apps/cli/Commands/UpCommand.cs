using System.CommandLine;
using Hdms.Cli.Hosting;
using Hdms.Kit.Hosting;
using Hdms.Web;

namespace Hdms.Cli.Commands;

internal static class UpCommand
{
    static readonly Option<int?> Port = new("--port") { Description = $"The port on this machine [default: {WebApp.Port}; setting port]", HelpName = "N" };

    static readonly Option<bool> Empty = new("--empty") { Description = "Without the demo organisation" };

    public static Command Create(Signals signals)
    {
        var command = new Command("up", "Run everything in one process, with a private PostgreSQL unless another is set.") { Port, Empty };
        command.SetAction((parsed, _) => RunAsync(parsed, signals));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Signals signals)
    {
        var installation = Installation.Of(parsed);
        var port = parsed.GetValue(Port) ?? installation.Settings.Number("port", WebApp.Port, 1, 65535);
        using var log = CliLog.Create(installation.Settings);
        await using var up = await Up.StartAsync(installation, address: null, port, log, signals.Stop);
        Greet(installation, up, port);
        await Task.Delay(Timeout.Infinite, signals.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine("Stopping …");
        await up.StopAsync(signals.AtOnce);
        return ExitCode.Done;
    }

    static void Greet(Installation installation, Up up, int port)
    {
        Console.WriteLine($"HDMS is at http://localhost:{port}");
        Console.WriteLine(up.Server.IsPrivate ? $"  Data:  {installation.Data}" : "  Data:  on the PostgreSQL that the settings name");
        Console.WriteLine("  Stop:  Ctrl-C");
    }
}
