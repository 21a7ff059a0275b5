using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Monolith;
using Hdms.Cli.Tour;
using Hdms.Contracts;
using PgSplit;
using PgSplit.Pg;

namespace Hdms.Cli.Commands;

/// <summary><c>hdms demo</c>: an old system to import from, and the program that uses it.</summary>
internal static class DemoCommand
{
    const string Database = "monolith";

    static readonly Option<double> Scale = new("--scale") { Description = "1: 2,000 people, 20 departments, 100,000 tickets, 600,000 messages, 250,000 participants, 280,000 notifications, 20,000 files", HelpName = "N", DefaultValueFactory = _ => 0.1 };
    static readonly Option<ulong> Seed = new("--seed") { Description = "The same seed and scale make the same rows", HelpName = "N", DefaultValueFactory = _ => 1 };
    static readonly Option<string?> Into = new("--into") { Description = "An empty database: postgres://…, service=NAME or env:NAME [default: database monolith of the private server]", HelpName = "URL" };
    static readonly Option<string?> Files = new("--files") { Description = "A folder for the attachments' bytes, the old system's MEDIA_ROOT; without it there are rows of them only", HelpName = "DIR" };
    static readonly Option<string?> On = new("--on") { Description = "The monolith [default: database monolith of the private server]", HelpName = "URL" };
    static readonly Option<int> Seconds = new("--seconds") { Description = "How long; 0 is until Ctrl-C", HelpName = "N", DefaultValueFactory = _ => 0 };
    static readonly Option<int> Users = new("--users") { Description = "How many act at once", HelpName = "N", DefaultValueFactory = _ => 4 };
    static readonly Option<int?> PerSecond = new("--per-second") { Description = "Writes of each of them at most [default: as many as the server takes]", HelpName = "N" };
    static readonly Option<string?> Acknowledged = new("--acknowledged") { Description = "A file for what the database has acknowledged, a JSON line each", HelpName = "FILE" };

    public static Command Create()
    {
        var monolith = new Command(
            "monolith",
            """
            Make the old system: one database of Django's making, with the flaws that years leave. How many of each is said at the end.

            Examples:
              ./hdms demo monolith
              ./hdms demo monolith --scale 1 --files ./media
              ./hdms demo monolith --scale 0.01 --into postgres://me@localhost/old
            """)
        {
            Scale, Seed, Into, Files,
        };
        monolith.SetAction(MakeAsync);
        var program = new Command(
            "old-program",
            """
            Use the monolith as the old application did: raise tickets, write messages, change statuses. It knows nothing of moves: when its
            writes are refused it ends, and says what had been acknowledged.

            Examples:
              ./hdms demo old-program --seconds 30 --acknowledged writes.jsonl
            """)
        {
            On, Seconds, Users, PerSecond, Acknowledged,
        };
        program.SetAction(UseAsync);
        return new Command("demo", "An old system to import from, a program that uses it, and a tour of the whole way.") { monolith, program, TourCommand.Create() };
    }

    static async Task<int> MakeAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.GetValue(Scale) is var scale && scale is not (> 0 and <= 20))
            throw new OneLineError($"--scale is between 0 and 20, not {scale.ToString(CultureInfo.InvariantCulture)}.", ExitCode.WrongUsage);
        var plan = new MonolithPlan(scale);
        var started = Stopwatch.GetTimestamp();
        using var slow = new SlowWork();
        await WithAsync(parsed, parsed.GetValue(Into), make: true, slow, async address =>
        {
            await using var connection = await DatabaseServer.OpenAsync(address, ct);
            var filled = await new FillMonolith(plan, parsed.GetValue(Seed), parsed.GetValue(Files), slow).RunAsync(connection, ct);
            foreach (var table in filled)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.Name,-28} {table.Rows,10:N0}"));
            Console.WriteLine();
            foreach (var (what, count) in Flaws(plan))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-58} {count,6:N0}"));
            Console.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{filled.Sum(f => f.Rows):N0} rows in {connection.Database} in {Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s. A person's password is {OldHash.PasswordOf("CODE")}."));
        }, ct);
        return ExitCode.Done;
    }

    static async Task<int> UseAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.GetValue(PerSecond) is <= 0)
            throw new OneLineError("--per-second is 1 or more.", ExitCode.WrongUsage);
        using var slow = new SlowWork();
        var result = 0;
        await WithAsync(parsed, parsed.GetValue(On), make: false, slow, async address =>
        {
            var program = new OldProgram(address, parsed.GetValue(Users), parsed.GetValue(Acknowledged), parsed.GetValue(PerSecond));
            var seconds = parsed.GetValue(Seconds);
            using var until = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (seconds > 0)
                until.CancelAfter(TimeSpan.FromSeconds(seconds));
            result = await program.RunAsync(until.Token) ? ExitCode.Done : ExitCode.Failed;
        }, ct);
        return result;
    }

    static IEnumerable<(string, int)> Flaws(MonolithPlan plan) =>
    [
        ("people whose e-mail is another's but for capitals", plan.EmailsByCase),
        ("participants of tickets that are not there", plan.OrphanParticipants),
        ("participants that are there twice", plan.DuplicateParticipants),
        ("notifications about tickets that are not there", plan.OrphanNotifications),
        ("files of tickets that are not there", plan.OrphanAttachments),
        ("messages with control characters, CR LF, trailing blanks", plan.MessyMessages),
        ("messages of 12,000 characters", plan.LongMessages),
        ("messages of blanks alone", plan.BlankMessages),
        ("tickets closed without a reason", plan.ClosedWithoutReason),
        ("tickets being worked on by nobody", plan.AssignedWithoutAssignee),
        ("tickets in a status that nobody knows", plan.StatusUnknown),
    ];

    static async Task WithAsync(ParseResult parsed, string? url, bool make, SlowWork slow, Func<string, Task> work, CancellationToken ct)
    {
        if (url is not null)
        {
            await work(SourceFile.ConnectionString(PgAddress.Parse(url), "demo"));
            return;
        }

        var installation = Installation.Of(parsed);
        using var log = CliLog.CreateAside(installation.Settings);
        await using var server = await DatabaseServer.OpenAsync(installation, make, log.CreateLogger("hdms"), slow, ct);
        if (make)
            await EnsureDatabaseAsync(server, ct);
        await work(server.NeedAdminOf(Services.Users, Database));
    }

    static async Task EnsureDatabaseAsync(DatabaseServer server, CancellationToken ct)
    {
        await using var admin = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users), ct);
        if (!await Provisioning.AdminSql.AnyAsync(admin, "SELECT 1 FROM pg_database WHERE datname = $1", [Database], ct))
            await Provisioning.AdminSql.RunAsync(admin, $"CREATE DATABASE {Database} TEMPLATE template0 ENCODING 'UTF8'", ct);
    }
}
