using System.CommandLine;
using PgSplit.Control;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit start</c>: prepare, copy, and follow until somebody ends it.</summary>
internal static class StartCommand
{
    static readonly Option<bool> ThenExit = new("--then-exit") { Description = "End once both sides are in sync, instead of following until Ctrl-C" };

    static readonly Option<bool> Offline = new("--offline") { Description = "Close the source to its writers first, then copy, verify and switch: for those who prefer a window" };

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("start", "Prepare, copy, then stay and follow until Ctrl-C. Goes on where it was. Asks plan first.");
        command.Options.Add(ThenExit);
        command.Options.Add(Offline);
        command.Options.Add(SharedOptions.SkipPlan);
        Help.Show(command, "pgsplit start map.yaml tickets", "pgsplit start map.yaml tickets --then-exit", "pgsplit start map.yaml tickets --offline --then-exit");
        command.SetAction(async (parsed, ct) =>
        {
            await Steering.EnsurePlanAsync(parsed, ct);
            return await Steering.TellStateAsync(parsed, terminal, await Steering.RunAsync(parsed, terminal, "start", new VerbArguments { Offline = parsed.GetValue(Offline) }, ct, follow: !parsed.GetValue(ThenExit)));
        });
        return command;
    }
}
