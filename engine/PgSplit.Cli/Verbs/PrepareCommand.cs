using System.CommandLine;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit prepare</c>: everything a move stands on, without touching a row.</summary>
internal static class PrepareCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("prepare", "Make tables, publication, slot, guard and fences, without touching a row. Asks plan first.");
        command.Options.Add(SharedOptions.SkipPlan);
        Help.Show(command, "pgsplit prepare map.yaml tickets");
        command.SetAction(async (parsed, ct) =>
        {
            await Steering.EnsurePlanAsync(parsed, ct);
            return await Steering.TellStateAsync(parsed, terminal, await Steering.RunAsync(parsed, terminal, "prepare", ct));
        });
        return command;
    }
}
