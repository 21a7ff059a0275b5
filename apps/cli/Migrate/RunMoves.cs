using System.CommandLine;
using Hdms.Contracts;
using PgSplit;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate run</c>: hosts the streams of open moves, where <c>hdms up</c> does not.</summary>
internal static class RunMoves
{
    public static Command Create() => MigrateCommand.Verb(
        "run", "Host the streams of open moves until Ctrl-C or until they are over, for where hdms up does not run. A second one waits to take over.",
        optional: true, RunAsync, "./hdms migrate run", "./hdms migrate run tickets");

    public static Task HostAsync(MigrateCall call, Service service, ServiceMove move, CancellationToken ct) =>
        MigrateCall.TryAsync(service, async () =>
        {
            using var progress = call.Progress(service);
            await move.HostAsync(progress.Say, ct);
            return true;
        });

    static async Task<IReadOnlyList<object?>> RunAsync(MigrateCall call, CancellationToken ct)
    {
        var open = new List<(Service Service, ServiceMove Move)>();
        foreach (var service in call.Services)
        {
            if (await MoveOfService.FindAsync(call.Server, service, ct) is { IsOpen: true, Move: { } move })
                open.Add((service, move));
        }

        if (open.Count == 0)
            throw new OneLineError($"No move is open. Begin one with: hdms migrate start {call.Named}");
        // One that fails ends all: a service manager starts them again.
        using var together = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(open.Select(async o =>
        {
            try
            {
                await HostAsync(call, o.Service, o.Move, together.Token);
            }
            catch
            {
                await together.CancelAsync();
                throw;
            }
        }));
        return [];
    }
}
