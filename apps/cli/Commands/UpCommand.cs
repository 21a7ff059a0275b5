using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Hosting;
using Hdms.Kit.Hosting;
using Hdms.Users.Demo;
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
        await using var up = await Up.StartAsync(installation, address: null, port, demo: !parsed.GetValue(Empty), log, signals.Stop);
        Greet(installation, up, port);
        var telling = TellOfTicketsAsync(up);
        await Task.Delay(Timeout.Infinite, signals.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine("Stopping …");
        await up.StopAsync(signals.AtOnce);
        await telling;
        return ExitCode.Done;
    }

    /// <summary>They take some seconds, for which nobody is kept waiting.</summary>
    static async Task TellOfTicketsAsync(Up up)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            if (await up.DemoTickets)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The demo organisation has its tickets ({Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s)."));
        }
        catch (OperationCanceledException)
        {
            // The next start goes on.
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"The demo organisation's tickets are not all there, the next start goes on: {e.Message}");
        }
    }

    static void Greet(Installation installation, Up up, int port)
    {
        Console.WriteLine($"HDMS is at http://localhost:{port}");
        if (up.Demo.Count > 0)
        {
            Console.WriteLine($"  Demo:  made-up people; each signs in with their code and the password {DemoOrganisation.Password}");
            foreach (var person in up.Demo.DistinctBy(p => p.As.Split(' ', ',')[0]))
                Console.WriteLine($"         {person.EmployeeCode}  {person.Name}, {person.As}");
            Console.WriteLine("         The start page has more of them.");
            if (!up.DemoTickets.IsCompleted)
                Console.WriteLine("         Their tickets of the last sixty days are being made.");
        }
        else if (up.NeedsAdmin)
            Console.WriteLine("  Nobody can sign in yet: hdms make-admin EMPLOYEE-CODE");

        Console.WriteLine(up.Server.IsPrivate ? $"  Data:  {installation.Data}" : "  Data:  on the PostgreSQL that the settings name");
        Console.WriteLine("  Stop:  Ctrl-C");
    }
}
