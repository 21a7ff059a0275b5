using System.CommandLine;
using Hdms.Cli.Backup;
using Hdms.Cli.Commands;
using Hdms.Kit.Hosting;
using Hdms.Web;

namespace Hdms.Cli.Rollback;

/// <summary><c>hdms rollback BACKUP</c>: everything as it was, in one command.</summary>
internal static class RollbackCommand
{
    static readonly Argument<string> Named = new("backup") { Description = "Its name or its folder; hdms backup list has them" };
    static readonly Option<bool> Yes = new("--yes") { Description = "Without asking" };
    static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done, and do nothing" };
    static readonly Option<bool> Stop = new("--stop") { Description = "Stop the hdms up that runs on the same data; on another server, stop its programs yourself" };
    static readonly Option<bool> NoSafety = new("--without-safety-backup") { Description = "For when what is there now can't be backed up any more" };

    public static Command Create()
    {
        var command = new Command("rollback", "Put every database back as a backup has them. What was written since is only in the safety backup then.") { Named, Yes, DryRun, Stop, NoSafety };
        Help.Show(command, "./hdms rollback hdms-20261130T060000Z --dry-run", "./hdms rollback hdms-20261130T060000Z --stop --yes");
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var folder = BackupFolder.Find(installation, parsed.GetValue(Named)!);
        var dryRun = parsed.GetValue(DryRun);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        if (!dryRun && !parsed.GetValue(Yes))
            Ask(folder);
        if (!dryRun)
            await RunningProgram.StopAsync(installation, parsed.GetValue(Stop), slow, ct);
        await using var closed = dryRun || installation.IsOnExistingServer ? null : await ClosedSign.HangAsync(installation.Settings.Number("port", WebApp.Port, 1, 65535), ct);
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var plan = await RollbackPlan.MakeAsync(server, folder, ct);
        if (dryRun)
        {
            Print(plan);
            return ExitCode.Done;
        }

        await new RollBack(server, plan, slow, Console.WriteLine).RunAsync(safety: !parsed.GetValue(NoSafety), ct);
        Console.WriteLine($"Start it again: {(server.IsPrivate ? "hdms up" : "hdms serve …, on every machine")}");
        return ExitCode.Done;
    }

    static void Ask(string folder)
    {
        var manifest = Manifest.Read(folder);
        if (Console.IsInputRedirected)
            throw new OneLineError("Every database would be replaced, and there is nobody to ask. Add --yes, or --dry-run to see what would be done.", ExitCode.WrongUsage);
        Console.Write($"Put everything back as it was at {manifest.TakenAt:yyyy-MM-dd HH:mm:ss} UTC? What was written since is in the safety backup only. [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            throw new OneLineError("Nothing was changed.");
    }

    static void Print(RollbackPlan plan)
    {
        foreach (var database in plan.Manifest.Databases)
            Console.WriteLine($"restored: {database.Name}, {database.Tables.Sum(t => t.Rows)} rows of {database.Tables.Count} tables, with {string.Join(", ", plan.Manifest.Services.Where(s => s.Home == database.Name).Select(s => s.Name))}");
        foreach (var database in plan.Replaced)
            Console.WriteLine($"put aside: {database}");
        if (plan.OtherProgram is { } other)
            Console.WriteLine(other);
        Console.WriteLine("Nothing was changed.");
    }
}
