using System.CommandLine;
using Hdms.Cli.Backup;

namespace Hdms.Cli.Commands;

internal static class BackupCommand
{
    static readonly Option<string?> To = new("--to") { Description = "Where [default: backups in the data directory; setting backups]", HelpName = "DIR" };

    static readonly Argument<string> Backup = new("backup") { Description = "Its name or its folder" };

    public static Command Create()
    {
        var verify = new Command("verify", "Restore a backup aside and compare it with its manifest.") { Backup };
        verify.SetAction(VerifyAsync);
        var list = new Command("list", "The backups there are.") { To };
        list.SetAction(ListAsync);
        var command = new Command("backup", "Take a consistent backup of every database.") { To, verify, list };
        command.SetAction(TakeAsync);
        return command;
    }

    static async Task<int> TakeAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var folder = await new TakeBackup(server, slow, TimeProvider.System).RunAsync(parsed.GetValue(To) ?? BackupFolder.DefaultRoot(installation), ct);
        Console.WriteLine(folder);
        return ExitCode.Done;
    }

    static async Task<int> VerifyAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var folder = BackupFolder.Find(installation, parsed.GetValue(Backup)!);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var differences = await new VerifyBackup(server, slow).RunAsync(folder, ct);
        foreach (var difference in differences)
            await Console.Error.WriteLineAsync(difference);
        if (differences.Count > 0)
            throw new OneLineError($"{folder} is not what its manifest says.", ExitCode.Different);
        var manifest = Manifest.Read(folder);
        Console.WriteLine($"{folder} is good: {manifest.Databases.Sum(d => d.Tables.Count)} tables, {manifest.Databases.Sum(d => d.Tables.Sum(t => t.Rows))} rows, restored and compared");
        return ExitCode.Done;
    }

    static Task<int> ListAsync(ParseResult parsed, CancellationToken ct)
    {
        var root = parsed.GetValue(To) ?? BackupFolder.DefaultRoot(Installation.Of(parsed));
        var folders = BackupFolder.List(root);
        if (folders.Count == 0)
        {
            Console.WriteLine($"There is no backup in {root}.");
            return Task.FromResult(ExitCode.Done);
        }

        foreach (var folder in folders)
        {
            var manifest = Manifest.Read(folder);
            var size = manifest.Databases.Sum(d => d.Bytes) / 1024.0 / 1024;
            Console.WriteLine($"{Path.GetFileName(folder)}  {manifest.TakenAt:yyyy-MM-dd HH:mm:ss} UTC  program {manifest.Program}  {size,7:F1} MB  {string.Join(", ", manifest.Databases.Select(d => d.Name))}");
        }

        return Task.FromResult(ExitCode.Done);
    }
}
