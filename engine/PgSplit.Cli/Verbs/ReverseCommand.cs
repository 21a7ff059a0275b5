using System.CommandLine;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit reverse</c>: takes the writes back to the source.</summary>
internal static class ReverseCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("reverse", "Take the writes back to the source, with all that was written since. Any number of times.");
        command.Options.Add(SwitchCommand.DryRun);
        Help.Show(command, "pgsplit reverse map.yaml tickets --dry-run", "pgsplit reverse map.yaml tickets");
        command.SetAction((parsed, ct) => SwitchCommand.RunAsync(parsed, terminal, "reverse", 0, ct));
        return command;
    }
}
