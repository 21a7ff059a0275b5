using System.CommandLine;
using PgSplit.Control;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit complete</c>: takes down what only the move needed.</summary>
internal static class CompleteCommand
{
    static readonly Option<bool> Keep = new("--keep") { Description = "Old tables stay, behind the closed fence (the default)" };
    static readonly Option<bool> Rename = new("--rename") { Description = "Old tables stay as …_moved, behind the fence" };
    static readonly Option<bool> Drop = new("--drop") { Description = "Old tables go" };
    static readonly Option<bool> Force = new("--force") { Description = "Though the stream back has not delivered everything" };

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("complete", "End a switched move: slots, publications, guard and the target's fence go. There is no way back then.");
        foreach (var option in new[] { Keep, Rename, Drop, Force })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (new[] { Keep, Rename, Drop }.Count(o => result.GetValue(o)) > 1)
                result.AddError("--keep, --rename and --drop exclude each other");
        });
        Help.Show(command, "pgsplit complete map.yaml tickets", "pgsplit complete map.yaml tickets --drop");
        command.SetAction(async (parsed, ct) =>
        {
            var fate = parsed.GetValue(Drop) ? "drop" : parsed.GetValue(Rename) ? "rename" : "keep";
            var done = await Steering.RunAsync(parsed, terminal, "complete", new VerbArguments { OldTables = fate, Force = parsed.GetValue(Force) }, ct);
            return await Steering.TellStateAsync(parsed, terminal, done);
        });
        return command;
    }
}
