using System.CommandLine;
using Hdms.Contracts;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate switch</c> and <c>reverse</c>: writers wait for a moment, and then go on in the other database.</summary>
internal static class SwitchMove
{
    static readonly Option<bool> DryRun = new("--dry-run") { Description = "Look at all that it needs and predict the pause; change nothing" };

    public static Command CreateSwitch() => Create(
        "switch", "Take the service to its own database. Needs a verification of the last day.", back: false,
        "./hdms migrate switch tickets --dry-run", "./hdms migrate switch tickets", "./hdms migrate switch all");

    public static Command CreateReverse() => Create(
        "reverse", "Take the service back, with all that was written since. Any number of times until complete.", back: true,
        "./hdms migrate reverse tickets --dry-run", "./hdms migrate reverse tickets");

    static Command Create(string name, string description, bool back, params string[] examples)
    {
        var command = MigrateCommand.Verb(name, description, (call, service, ct) => RunAsync(call, service, back, ct), examples);
        command.Options.Add(DryRun);
        return command;
    }

    static async Task<object?> RunAsync(MigrateCall call, Service service, bool back, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (call.IsOfAll && !found.IsOpen)
            return null;
        var dryRun = call.Parsed.GetValue(DryRun);
        using var progress = call.Progress(service);
        var report = await found.Begun.SwitchAsync(back, dryRun, progress, progress.Say, ct);
        var home = report.Owner == "T" ? service.OwnDatabase : found.Journal!.Source;
        var isThere = report.Owner == (back ? "S" : "T");
        call.Tell(
            report.Pause is { } pause ? $"{service.Name}: at home in {home} now (epoch {report.Epoch}); writers waited {MigrateWords.Of(pause)}, predicted were {MigrateWords.Of(report.Predicted)}"
            : isThere ? $"{service.Name}: at home in {home} already (epoch {report.Epoch})"
            : $"{service.Name}: nothing stands in the way; writers would wait about {MigrateWords.Of(report.Predicted)}; nothing was changed");
        foreach (var failure in report.HookFailures)
            call.Tell($"warning: {failure}");
        return new { Service = service.Name, Home = home, DryRun = dryRun, report.Epoch, PredictedSeconds = report.Predicted.TotalSeconds, PauseSeconds = report.Pause?.TotalSeconds, report.Attempts, report.TouchedKeys };
    }
}
