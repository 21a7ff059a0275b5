using System.CommandLine;
using System.Text;
using System.Text.Json;
using Hdms.Cli.Backup;
using Hdms.Cli.Import;
using Hdms.Cli.Import.Live;
using Hdms.Kit.Database;
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

    static readonly Option<bool> Live = new("--live") { Description = "While the old help desk is used: all but the cutover. Of a database only, with wal_level = logical" };
    static readonly Option<bool> Follow = new("--follow") { Description = "With --live: go on following until Ctrl-C or the cutover" };
    static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say whether anything stands in the way, and how long writes would stop; the old help desk is not touched" };

    public static Command Create()
    {
        var report = new Command("report", "The report of the import that was done, again.") { Report, Rejects };
        report.SetAction(ReportAsync);
        var done = new Command("done", "Take down what only the import needed: the old rows, the lists of those that were rejected or changed. Old links go on leading to their tickets.");
        done.SetAction((parsed, ct) => TakeDownAsync(parsed, finished: true, ct));
        var cancel = new Command("cancel", "Give an import up before it has written to the services' tables; one of a help desk that is used at any time before it is done, and that goes on as before.") { From };
        var status = new Command("status", "How far an import of a help desk that is used is.") { From };
        status.SetAction((parsed, ct) => WithLiveAsync(
            parsed,
            async (live, _) =>
            {
                await live.TellAsync(ct);
                return ExitCode.Done;
            },
            ct));
        var cutover = new Command(
            "cutover",
            """
            End an import of a help desk that is used: it takes no writes from then on, what is missing is brought, and both sides are compared.
            Where they are not the same it takes writes again. Interrupted, the same command goes on; or hdms import cancel opens it.

            Examples:
              ./hdms import cutover --dry-run
              ./hdms import cutover --report import.html
            """)
        {
            DryRun, From, Files, Policies, Report, Rejects,
        };
        cutover.SetAction(CutOverAsync);
        cancel.SetAction((parsed, ct) => TakeDownAsync(parsed, finished: false, ct));
        var command = new Command(
            "import",
            """
            Bring people, tickets, chats, notifications and files of the old help desk into an installation that has none: export, transform,
            import, validate. Interrupted, the same command goes on where it was. People sign in with their old passwords afterwards.
            The old help desk stands still meanwhile; with --live it is used until the cutover, which stops its writes for seconds.

            Examples:
              ./hdms import --from postgres://me@old.example.org/helpdesk --files /srv/media --report import.html
              ./hdms import --from database:monolith
              ./hdms import --from helpdesk.dump
              ./hdms import --from dumpdata.json --policies my-import.yaml
              ./hdms import --from csv/ --format csv
              ./hdms import --live --from postgres://me@old.example.org/helpdesk --files /srv/media
              ./hdms import cutover --report import.html
              ./hdms import report --report import.json
              ./hdms import done
            """)
        {
            From, Format, Files, Policies, Report, Rejects, UseBackup, NoBackup, AcceptRejects, Live, Follow, cutover, status, report, done, cancel,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var from = parsed.GetValue(From) ?? throw new OneLineError("Say where the old system is: --from postgres://…, a dump, JSON or a folder. See hdms import --help.", ExitCode.WrongUsage);
        CheckReport(parsed);
        if (parsed.GetValue(Follow) && !parsed.GetValue(Live))
            throw new OneLineError("--follow goes with --live.", ExitCode.WrongUsage);
        var policies = ImportPolicies.Read(parsed.GetValue(Policies));
        return await WithPlaceAsync(parsed, async (place, slow) =>
        {
            var source = new ImportSource(from, Enum.TryParse<SourceFormat>(parsed.GetValue(Format), ignoreCase: true, out var format) ? format : null, parsed.GetValue(AcceptRejects), place.Admin);
            if (parsed.GetValue(Live))
                return await RunLiveAsync(parsed, place, source, policies, slow, ct);
            await MustBeLiveAsync(place, live: false, ct);
            await PrepareAsync(parsed, place, slow, ct);
            var run = new ImportRun(place, source, policies, parsed.GetValue(Files), slow, Console.Out);
            var made = await GoesOnAsync(() => run.RunAsync(ct));
            return await TellAsync(parsed, place, made, ct);
        }, ct);
    }

    static async Task<int> RunLiveAsync(ParseResult parsed, ImportPlace place, ImportSource source, ImportPolicies policies, SlowWork slow, CancellationToken ct)
    {
        await MustBeLiveAsync(place, live: true, ct);
        var live = new LiveImport(place, source, policies, policies.Tables.Keys, parsed.GetValue(Files), slow, Console.Out);
        await using (var connection = await place.OpenAsync(ct))
        {
            if (!await ImportState.IsThereAsync(connection, ct))
                await live.CheckAsync(ct);
        }

        var backup = await PrepareAsync(parsed, place, slow, ct);
        return await GoesOnAsync(async () =>
        {
            await live.RunAsync(backup, parsed.GetValue(Follow), ct);
            return ExitCode.Done;
        });
    }

    /// <exception cref="OneLineError">The server went away meanwhile; whoever reads that wants to know what is left of the import.</exception>
    static async Task<T> GoesOnAsync<T>(Func<Task<T>> import)
    {
        try
        {
            return await import();
        }
        catch (Exception e) when (DatabaseFaults.IsConnectionLost(e is OneLineError { InnerException: { } inner } ? inner : e))
        {
            throw new OneLineError($"A database server went away in the middle of the import ({DatabaseFaults.Describe(e)}). What was done is kept: the same command goes on after it.", ExitCode.Failed, e);
        }
    }

    static async Task<int> CutOverAsync(ParseResult parsed, CancellationToken ct)
    {
        CheckReport(parsed);
        return await WithLiveAsync(parsed, async (live, place) => await GoesOnAsync(() => live.CutOverAsync(parsed.GetValue(DryRun), ct)) is { } report ? await TellAsync(parsed, place, report, ct) : ExitCode.Done, ct);
    }

    /// <summary>The live import that has begun; where the old system is it knows, but for a password.</summary>
    static Task<int> WithLiveAsync(ParseResult parsed, Func<LiveImport, ImportPlace, Task<int>> work, CancellationToken ct) => WithPlaceAsync(parsed, async (place, slow) =>
    {
        string begun;
        LiveState state;
        await using (var connection = await place.OpenAsync(ct))
        {
            if (!await LiveState.IsThereAsync(connection, ct))
                throw new OneLineError("No import of a help desk that is used has begun here. Begin one with: hdms import --live --from postgres://…", ExitCode.WrongUsage);
            (begun, state) = (await ImportState.SourceAsync(connection, ct), await LiveState.ReadAsync(connection, ct));
        }

        var source = new ImportSource(parsed.GetValue(From) ?? begun, null, 0, place.Admin);
        var files = parsed.GetValue(Files);
        return await work(new LiveImport(place, source, ImportPolicies.Read(parsed.GetValue(Policies)), state.Tables, files, slow, Console.Out), place);
    }, ct);

    /// <exception cref="OneLineError">One of the other kind is under way.</exception>
    static async Task MustBeLiveAsync(ImportPlace place, bool live, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        if (await ImportState.IsThereAsync(connection, ct) && await LiveState.IsThereAsync(connection, ct) != live && !await ImportState.IsDoneAsync(connection, ct))
            throw new OneLineError($"An import {(live ? "without" : "with")} --live is under way. Go on with it so, or give it up: hdms import cancel", ExitCode.WrongUsage);
    }

    /// <summary>Before the first step: nobody is at work, the tables are there and empty, and there is a way back.</summary>
    /// <returns>The backup; null where there is none.</returns>
    static async Task<string?> PrepareAsync(ParseResult parsed, ImportPlace place, SlowWork slow, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        if (await ImportState.IsThereAsync(connection, ct))
            return null;
        slow.Report("Bringing the services' tables to what this program needs");
        await place.MigrateAsync(ct);
        await ImportPlace.MustBeQuietAndEmptyAsync(connection, ct);
        var backup = parsed.GetValue(UseBackup) is { } name ? BackupFolder.Find(place.Server.Installation, name)
            : parsed.GetValue(NoBackup) ? null
            : await new TakeBackup(place.Server, slow, TimeProvider.System).RunAsync(BackupFolder.DefaultRoot(place.Server.Installation), ct);
        if (backup is not null)
            Console.WriteLine($"{"backup",-22} {backup}");
        return backup;
    }

    static Task<int> ReportAsync(ParseResult parsed, CancellationToken ct)
    {
        CheckReport(parsed);
        return WithPlaceAsync(parsed, async (place, _) =>
        {
            await using var connection = await place.OpenAsync(ct);
            if (!await ImportState.IsThereAsync(connection, ct) || !await ImportState.IsDoneAsync(connection, ct))
                throw new OneLineError("There is no import to report of: none was done, or it is under way, or what it kept was taken down.", ExitCode.WrongUsage);
            return await TellAsync(parsed, place, await ImportState.ReportAsync(connection, ct), ct);
        }, ct);
    }

    static Task<int> TakeDownAsync(ParseResult parsed, bool finished, CancellationToken ct) => WithPlaceAsync(parsed, async (place, slow) =>
    {
        await using var connection = await place.OpenAsync(ct);
        if (await LiveState.IsThereAsync(connection, ct) && (!finished || await ImportState.IsDoneAsync(connection, ct)))
        {
            var live = new LiveImport(
                place, new ImportSource(parsed.GetValue(From) ?? await ImportState.SourceAsync(connection, ct), null, 0, place.Admin), ImportPolicies.Read(null), (await LiveState.ReadAsync(connection, ct)).Tables, null, slow, Console.Out);
            if (!finished)
            {
                await live.CancelAsync(ct);
                return ExitCode.Done;
            }

            await live.EndAsync(ct);
        }

        if (!await ImportState.IsThereAsync(connection, ct))
            throw new OneLineError("There is no import here.", ExitCode.WrongUsage);
        if (finished && !await ImportState.IsDoneAsync(connection, ct))
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
