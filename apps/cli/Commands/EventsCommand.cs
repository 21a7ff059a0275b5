using System.CommandLine;
using Hdms.Cli.Hosting;
using Hdms.Kit.Events;

namespace Hdms.Cli.Commands;

internal static class EventsCommand
{
    static readonly Argument<string> Service = new("service") { Description = "Whose log" };

    public static Command Create()
    {
        var newEpoch = new Command(
            "new-epoch",
            "Begin a new epoch of a service's event log, after its tables were put back by hand: readers then rewind. A restore, a move or a failover is noticed without it.")
        {
            Service,
        };
        newEpoch.SetAction(NewEpochAsync);
        return new Command("events", "The services' event logs.") { RebuildCommand.Create(), BackfillCommand.Create(), newEpoch };
    }

    static async Task<int> NewEpochAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var service = AllServices.Named(parsed.GetValue(Service))[0].Service;
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        await using var owner = await server.OpenAsOwnerAsync(service, await server.HomeOfAsync(service, ct), ct);
        var epoch = await LogEpoch.BeginAsync(owner, new EventLog(service.Name, new PersonKeys(service.Name), TimeProvider.System), ct);
        Console.WriteLine($"{service.Name}: epoch {epoch} has begun");
        return ExitCode.Done;
    }
}
