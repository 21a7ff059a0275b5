using System.CommandLine;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit resume</c>: goes on after a stop.</summary>
internal static class ResumeCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("resume", "Go on after a stop, once what was wrong is put right: fences and guard are put back, streams start where they were.");
        Help.Show(command, "pgsplit resume map.yaml tickets");
        command.SetAction(async (parsed, ct) => await Steering.TellStateAsync(parsed, terminal, await Steering.RunAsync(parsed, terminal, "resume", ct)));
        return command;
    }
}
