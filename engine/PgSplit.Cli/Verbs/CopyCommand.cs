using System.CommandLine;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit copy</c>: rows, indexes, keys; goes on where it was.</summary>
internal static class CopyCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("copy", "Copy what is not copied yet, build what belongs to it, and catch up.");
        Help.Show(command, "pgsplit copy map.yaml tickets");
        command.SetAction(async (parsed, ct) => await Steering.TellStateAsync(parsed, terminal, await Steering.RunAsync(parsed, terminal, "copy", ct)));
        return command;
    }
}
