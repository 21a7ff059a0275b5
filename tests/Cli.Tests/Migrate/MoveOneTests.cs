using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>One service goes to a database of its own and back.</summary>
public sealed class MoveOneTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_service_moves_there_and_back_while_people_work_and_nothing_fails_is_lost_or_doubled()
    {
        await using var hdms = await MovingHdms.StartAsync();
        await using var people = await PeopleAtWork.BeginAsync(hdms.Program);
        await using var live = await LiveListener.OpenAsync(await people.SignInAsync("DEV-006"), Ct);
        await people.GoesOnAsync();

        (await hdms.MigrateAsync("start", "tickets")).ShouldContain("in sync, writes at the source; then: hdms migrate verify tickets");
        await people.GoesOnAsync();
        await hdms.MigrateAsync("verify", "tickets");
        (await hdms.MigrateAsync("switch", "tickets", "--dry-run")).ShouldContain("nothing was changed");
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe("hdms_db");

        (await hdms.MigrateAsync("switch", "tickets")).ShouldContain("tickets: at home in hdms_tickets now (epoch 2); writers waited ");
        await people.GoesOnAsync();
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe("hdms_tickets");
        var away = people.Tickets.Last();
        (await hdms.QueryAsync<string>("hdms_tickets", "SELECT title FROM tickets WHERE title = @away", new { away })).ShouldHaveSingleItem();

        (await hdms.MigrateAsync("reverse", "tickets")).ShouldContain("tickets: at home in hdms_db now (epoch 3)");
        await people.GoesOnAsync();
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe("hdms_db");
        (await hdms.QueryAsync<string>("hdms_db", "SELECT title FROM tickets WHERE title = @away", new { away })).ShouldHaveSingleItem();

        await hdms.MigrateAsync("verify", "tickets");
        await hdms.MigrateAsync("switch", "tickets");
        await people.GoesOnAsync();
        await people.EndAsync();
        await hdms.HasOnceAsync(people);
        await live.HasOnceAsync(people.Messages);
        TestContext.Current.TestOutputHelper?.WriteLine($"{people.Requests} requests, none failed; the slowest took {people.Slowest.TotalMilliseconds:0} ms");

        (await hdms.MigrateAsync("complete", "tickets")).ShouldContain("complete, at home in hdms_tickets; ");
        (await File.ReadAllTextAsync(Path.Combine(hdms.Data, "homes.json"), Ct)).ShouldContain("\"tickets\": \"hdms_tickets\"");
        (await hdms.QueryAsync<string>("hdms_tickets", "SELECT slot_name::text FROM pg_replication_slots")).ShouldBeEmpty();
        (await hdms.QueryAsync<string>("hdms_db", "SELECT relname::text FROM pg_class WHERE relnamespace = 'report'::regnamespace AND relname = 'tickets'")).ShouldBeEmpty("nobody writes those tables any more");
        (await hdms.QueryAsync<string>("hdms_tickets", "SELECT relname::text FROM pg_class WHERE relnamespace = 'report'::regnamespace AND relname = 'tickets'")).ShouldHaveSingleItem();

        await hdms.StopAsync();
        await hdms.UpAsync();
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe("hdms_tickets");
        (await hdms.Program.Http.GetStringAsync("/api/v1/tickets?limit=1", Ct)).ShouldContain("at work");
    }

    [Fact]
    public async Task A_move_that_is_cancelled_leaves_the_service_as_it_was()
    {
        await using var hdms = await MovingHdms.StartAsync();
        await hdms.MigrateAsync("start", "files");

        (await hdms.MigrateAsync("cancel", "files")).Trim().ShouldBe("files: the move is cancelled, at home in hdms_db as before");

        (await hdms.QueryAsync<string>("hdms_files", "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")).ShouldBeEmpty();
        (await hdms.QueryAsync<string>("hdms_db", "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'pgsplit%'")).ShouldBeEmpty();
        await using var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 1);
        await people.GoesOnAsync(3);
        await people.EndAsync();
        await hdms.HasOnceAsync(people);
    }

    [Fact]
    public async Task Nothing_is_switched_that_was_not_compared_and_nothing_ended_that_was_not_switched()
    {
        await using var hdms = await MovingHdms.StartAsync();
        (await hdms.TryMigrateAsync("switch", "users")).Error.Trim().ShouldBe("hdms: No move of the users service is open; begin one with: hdms migrate start users");
        await hdms.MigrateAsync("start", "users", "--backup", await BackupAsync(hdms));
        Directory.GetDirectories(Path.Combine(hdms.Data, "backups")).ShouldHaveSingleItem("the one that was named");

        (await hdms.TryMigrateAsync("switch", "users")).Error.Trim().ShouldBe("hdms: the verification is unverified → hdms migrate verify users, then switch");
        var early = await hdms.TryMigrateAsync("complete", "users");
        early.Error.Trim().ShouldBe("hdms: only a switched move can be completed; users is InSync → hdms migrate switch users");
        early.ExitCode.ShouldBe(ExitCode.Failed);
        await hdms.MigrateAsync("verify", "users");
        await hdms.MigrateAsync("switch", "users");
        (await hdms.TryMigrateAsync("cancel", "users")).Error.Trim().ShouldBe("hdms: the writes are at the target: cancelling users would lose them → hdms migrate reverse users, then cancel");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task On_a_stopped_installation_start_follows_until_it_is_told_to_stop_and_up_goes_on_with_it()
    {
        await using var hdms = await MovingHdms.StartAsync();
        await hdms.StopAsync();
        await using (var start = RealProgram.Begin(new Dictionary<string, string>(), 1, "migrate", "start", "views", "--data", hdms.Data))
        {
            await start.SaysAsync("Followed from here until Ctrl-C. In another terminal: hdms migrate verify views");
            (await hdms.MigrateAsync("verify", "views")).ShouldContain("both sides are equal");
            (await start.StopAsync()).ShouldBe(ExitCode.Done, start.Output);
        }

        (await hdms.MigrateAsync("status", "views")).ShouldContain("process   none: nothing is followed; hdms migrate run views, or hdms up");

        await hdms.UpAsync();
        await Eventually.ShouldAsync(async () => (await hdms.MigrateAsync("status", "views")).Contains("there running", StringComparison.Ordinal));
        (await hdms.MigrateAsync("switch", "views")).ShouldContain("at home in hdms_views now");
        (await hdms.Program.Http.GetStringAsync("/api/v1/board?limit=1", Ct)).ShouldContain("data");
    }

    [Theory]
    [InlineData("migrate", "./hdms migrate plan all")]
    [InlineData("migrate switch", "./hdms migrate switch tickets --dry-run")]
    [InlineData("migrate complete", "./hdms migrate complete all --drop")]
    [InlineData("rollback", "./hdms rollback hdms-20261130T060000Z --dry-run")]
    public async Task Help_has_lines_to_copy(string command, string line) =>
        (await RealProgram.RunAsync([.. command.Split(' '), "--help"])).Output.ShouldContain(line);

    static async Task<string> BackupAsync(MovingHdms hdms) => (await RealProgram.RunAsync("backup", "--data", hdms.Data)).Output.Trim();
}
