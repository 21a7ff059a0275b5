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
}
