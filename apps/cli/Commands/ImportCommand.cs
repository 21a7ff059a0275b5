using System.CommandLine;
using System.Text;
using System.Text.Json;
using Hdms.Cli.Backup;
using Hdms.Cli.Import;
using PgSplit.Load;

namespace Hdms.Cli.Commands;

/// <summary><c>hdms import</c>: the old system's rows, while nobody is at work.</summary>
internal static class ImportCommand
{
    static readonly Option<string?> From = new("--from") { Description = "The old system: postgres://…, service=NAME, env:NAME, or database:NAME of the services' own server; a dump of pg_dump; JSON of Django's dumpdata; a folder of CSV", HelpName = "SOURCE" };
    static readonly Option<string?> Format = new Option<string?>("--format") { Description = "dump, dumpdata or csv, where it can't be told by looking", HelpName = "WORD" }.AcceptOnlyFromAmong("dump", "dumpdata", "csv");
    static readonly Option<string?> Files = new("--files") { Description = "The folder with the attachments' bytes, the old system's MEDIA_ROOT; without it attachments are rejected", HelpName = "DIR" };
    static readonly Option<string?> Policies = new("--policies") { Description = "What becomes of rows that today's rules would refuse [default: samples/monolith/import.yaml, as it came with the program]", HelpName = "FILE" };
    static readonly Option<string?> Report = new("--report") { Description = "Also write the report to a file: .json or .html", HelpName = "FILE" };
    static readonly Option<string?> Rejects = new("--rejects") { Description = "Also write the rows that were rejected to a file, a JSON line each, with their reason", HelpName = "FILE" };
    static readonly Option<string?> UseBackup = new("--backup") { Description = "A backup that was taken already; it is looked for before anything is changed", HelpName = "NAME" };
    static readonly Option<bool> NoBackup = new("--no-backup") { Description = "Take none" };
    static readonly Option<long> AcceptRejects = new("--accept-rejects") { Description = "Of a file: how many rows that no table could take may be left out", HelpName = "N" };

    public static Command Create()
    {
        var report = new Command("report", "The report of the import that was done, again.") { Report, Rejects };
        report.SetAction(ReportAsync);
        var done = new Command("done", "Take down what only the import needed: the old rows, the lists of those that were rejected or changed. Old links go on leading to their tickets.");
        done.SetAction((parsed, ct) => TakeDownAsync(parsed, finished: true, ct));
        var cancel = new Command("cancel", "Give an import up before it has written to the services' tables.");
        cancel.SetAction((parsed, ct) => TakeDownAsync(parsed, finished: false, ct));
        var command = new Command(
            "import",
            """
            Bring people, tickets, chats, notifications and files of the old help desk into an installation that has none: export, transform,
            import, validate. Interrupted, the same command goes on where it was. People sign in with their old passwords afterwards.

            Examples:
              ./hdms import --from postgres://me@old.example.org/helpdesk --files /srv/media --report import.html
              ./hdms import --from database:monolith
              ./hdms import --from helpdesk.dump
              ./hdms import --from dumpdata.json --policies my-import.yaml
              ./hdms import --from csv/ --format csv
              ./hdms import report --report import.json
              ./hdms import done
            """)
        {
            From, Format, Files, Policies, Report, Rejects, UseBackup, NoBackup, AcceptRejects, report, done, cancel,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var from = parsed.GetValue(From) ?? throw new OneLineError("Say where the old system is: --from postgres://…, a dump, JSON or a folder. See hdms import --help.", ExitCode.WrongUsage);
        CheckReport(parsed);
        var policies = ImportPolicies.Read(parsed.GetValue(Policies));
        return await WithPlaceAsync(parsed, async (place, slow) =>
        {
            var source = new ImportSource(from, Enum.TryParse<SourceFormat>(parsed.GetValue(Format), ignoreCase: true, out var format) ? format : null, parsed.GetValue(AcceptRejects), place.Admin);
            await PrepareAsync(parsed, place, slow, ct);
            var made = await new ImportRun(place, source, policies, parsed.GetValue(Files), slow, Console.Out).RunAsync(ct);
            return await TellAsync(parsed, place, made, ct);
        }, ct);
    }

    /// <summary>Before the first step: nobody is at work, the tables are there and empty, and there is a way back.</summary>
    static async Task PrepareAsync(ParseResult parsed, ImportPlace place, SlowWork slow, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        if (await ImportState.IsThereAsync(connection, ct))
            return;
        slow.Report("Bringing the services' tables to what this program needs");
        await place.MigrateAsync(ct);
        await ImportPlace.MustBeQuietAndEmptyAsync(connection, ct);
        if (parsed.GetValue(UseBackup) is { } name)
            Console.WriteLine($"{"backup",-22} {BackupFolder.Find(place.Server.Installation, name)}");
        else if (!parsed.GetValue(NoBackup))
            Console.WriteLine($"{"backup",-22} {await new TakeBackup(place.Server, slow, TimeProvider.System).RunAsync(BackupFolder.DefaultRoot(place.Server.Installation), ct)}");
    }

    static Task<int> ReportAsync(ParseResult parsed, CancellationToken ct)
    {
        CheckReport(parsed);
        return WithPlaceAsync(parsed, async (place, _) =>
        {
            await using var connection = await place.OpenAsync(ct);
            if (!await ImportState.IsThereAsync(connection, ct) || await ImportState.DoneAsync(connection, "timers", ct) is null)
                throw new OneLineError("There is no import to report of: none was done, or it is under way, or what it kept was taken down.", ExitCode.WrongUsage);
            return await TellAsync(parsed, place, await ImportState.ReportAsync(connection, ct), ct);
        }, ct);
    }

    static Task<int> TakeDownAsync(ParseResult parsed, bool finished, CancellationToken ct) => WithPlaceAsync(parsed, async (place, _) =>
    {
        await using var connection = await place.OpenAsync(ct);
        if (!await ImportState.IsThereAsync(connection, ct))
            throw new OneLineError("There is no import here.", ExitCode.WrongUsage);
        if (finished && await ImportState.DoneAsync(connection, "timers", ct) is null)
            throw new OneLineError("The import is not done. Go on with it by hdms import --from …, or give it up: hdms import cancel", ExitCode.WrongUsage);
        if (!finished && await ImportState.DoneAsync(connection, "import users", ct) is not null)
            throw new OneLineError("The import has written to the services' tables. Go on with it, or restore the backup from before (hdms backup list).", ExitCode.WrongUsage);
        await ImportPlace.RunAsync(connection, "DROP SCHEMA hdms_import CASCADE", ct);
        Console.WriteLine(finished ? "The old rows and lists are gone; what was imported stays." : "The import is given up; nothing of it is left.");
        return ExitCode.Done;
    }, ct);

    static async Task<int> TellAsync(ParseResult parsed, ImportPlace place, ImportReport report, CancellationToken ct)
    {
        ReportText.Write(report, Console.Out);
        if (parsed.GetValue(Report) is { } file)
        {
            var text = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? JsonSerializer.Serialize(report, ImportReport.Json) : ReportHtml.Make(report);
            await File.WriteAllTextAsync(file, text, Encoding.UTF8, ct);
            Console.WriteLine($"The report is in {Path.GetFullPath(file)}");
        }

        if (parsed.GetValue(Rejects) is { } rejects)
            Console.WriteLine($"{await RejectFile.WriteAsync(place, rejects, ct)} rejected rows are in {Path.GetFullPath(rejects)}");
        return report.IsGood ? ExitCode.Done : ExitCode.Failed;
    }

    static void CheckReport(ParseResult parsed)
    {
        if (parsed.GetValue(Report) is { } file && !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new OneLineError($"--report names a .json or a .html file, not {file}.", ExitCode.WrongUsage);
    }

    static async Task<int> WithPlaceAsync(ParseResult parsed, Func<ImportPlace, SlowWork, Task<int>> work, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: true, log.CreateLogger("hdms"), slow, ct);
        return await work(await ImportPlace.FindAsync(server, ct), slow);
    }
}
