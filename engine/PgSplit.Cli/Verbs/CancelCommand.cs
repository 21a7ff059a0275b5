using System.CommandLine;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit cancel</c>: gives a move up, as long as the writes are at the source.</summary>
internal static class CancelCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("cancel", "Take back all that the move has made; the source goes on as if nothing had been.");
        Help.Show(command, "pgsplit cancel map.yaml tickets");
        command.SetAction(async (parsed, ct) => await Steering.TellStateAsync(parsed, terminal, await Steering.RunAsync(parsed, terminal, "cancel", ct)));
        return command;
    }
}
