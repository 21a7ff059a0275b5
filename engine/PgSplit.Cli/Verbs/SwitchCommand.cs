using System.CommandLine;
using PgSplit.Control;
using PgSplit.Switch;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit switch</c>: takes the writes to the target.</summary>
internal static class SwitchCommand
{
    internal static readonly Option<bool> DryRun = new("--dry-run") { Description = "Look at everything a switch needs and predict the pause; change nothing" };

    static readonly Option<int> Accept = new("--accept-differences") { Description = "Go on though so many rows are known to differ", HelpName = "N" };

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("switch", "Take the writes to the target. Until its last commit it can be called off without a trace.");
        command.Options.Add(DryRun);
        command.Options.Add(Accept);
        Help.Show(command, "pgsplit switch map.yaml tickets --dry-run", "pgsplit switch map.yaml tickets", "pgsplit switch map.yaml tickets --accept-differences 3");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, "switch", parsed.GetValue(Accept), ct));
        return command;
    }

    internal static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, string verb, int accept, CancellationToken ct)
    {
        var dryRun = parsed.GetValue(DryRun);
        var done = await Steering.RunAsync(parsed, terminal, verb, new VerbArguments { DryRun = dryRun, AcceptDifferences = accept }, ct);
        var r = done.Answer<SwitchReport>();
        var writesAt = r.Owner == Side.Source.Letter() ? "source" : "target";
        if (parsed.GetValue(SharedOptions.Json))
        {
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { Move = SharedOptions.Move(parsed).Id, DryRun = dryRun, WritesAt = writesAt, r.Epoch, r.Predicted, r.Pause, r.Attempts, r.TouchedKeys, r.HookFailures }));
        }
        else
        {
            var there = verb == "switch" ? "target" : "source";
            await terminal.Out.WriteLineAsync(
                writesAt == there && r.Pause is null ? $"the writes are at the {there} already (epoch {r.Epoch})"
                : r.Pause is { } pause ? $"the writes are at the {there} now (epoch {r.Epoch}): writers waited {Human.Duration(pause)}, predicted were {Human.Duration(r.Predicted)}; {r.Attempts} {(r.Attempts == 1 ? "attempt" : "attempts")}, {Human.Count(r.TouchedKeys)} rows compared in the pause"
                : $"nothing stands in the way: writers would wait about {Human.Duration(r.Predicted)}; nothing was changed");
            foreach (var failure in r.HookFailures)
                await terminal.Out.WriteLineAsync($"warning: {failure}; the writes are safe at the {there}, do by hand what it should have done");
        }

        return await Steering.RemindAsync(parsed, terminal, done);
    }
}
