using System.Net;
using System.Text.Json;
using Hdms.Contracts;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>An installation goes from phase 1 to phase 2, through every state in between.</summary>
public sealed class MoveAllTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task All_services_move_while_people_work_through_a_restart_in_the_middle_and_the_configuration_follows()
    {
        await using var hdms = await MovingHdms.StartAsync();
        await using (var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2))
        {
            await using var live = await LiveListener.OpenAsync(await people.SignInAsync("DEV-006"), Ct);
            await hdms.MigrateAsync("start", "all");
            await hdms.MigrateAsync("verify", "all");
            await people.GoesOnAsync();

            // Two of five: whoever calls another service does not notice where that has its data.
            await hdms.MigrateAsync("switch", "tickets");
            using var upload = new SlowUpload(await people.SignInAsync("DEV-006"), Ct);
            await hdms.MigrateAsync("switch", "files");
            (await upload.EndAsync()).ShouldBe(HttpStatusCode.Created, "begun in one database, done in the other");
            await people.GoesOnAsync();
            await people.EndAsync();
            await hdms.HasOnceAsync(people);
            await live.HasOnceAsync(people.Messages);
            TestContext.Current.TestOutputHelper?.WriteLine($"{people.Requests} requests, none failed; the slowest took {people.Slowest.TotalMilliseconds:0} ms");
        }

        await hdms.StopAsync();
        await hdms.UpAsync();
        (await hdms.HomeAsync(Services.Tickets)).ShouldBe("hdms_tickets");
        (await hdms.HomeAsync(Services.Users)).ShouldBe("hdms_db");

        await using (var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2))
        {
            await using var live = await LiveListener.OpenAsync(await people.SignInAsync("DEV-006"), Ct);
            await people.GoesOnAsync();
            await hdms.MigrateAsync("verify", "all");
            await hdms.MigrateAsync("switch", "all");
            await people.GoesOnAsync();
            await people.EndAsync();
            await hdms.HasOnceAsync(people);
            await live.HasOnceAsync(people.Messages);
            TestContext.Current.TestOutputHelper?.WriteLine($"{people.Requests} requests, none failed; the slowest took {people.Slowest.TotalMilliseconds:0} ms");
        }

        await hdms.MigrateAsync("complete", "all", "--drop");
        var homes = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(hdms.Data, "homes.json"), Ct))!;
        homes.ShouldBe(Services.All.ToDictionary(s => s.Name, s => s.OwnDatabase), ignoreOrder: true);
        (await hdms.QueryAsync<string>("hdms_db", "SELECT tablename::text FROM pg_tables WHERE schemaname IN ('public', 'views_next')")).ShouldBeEmpty();
        (await hdms.QueryAsync<string>("hdms_db", "SELECT slot_name::text FROM pg_replication_slots")).ShouldBeEmpty();

        await hdms.StopAsync();
        await hdms.UpAsync();
        (await hdms.HomesAsync()).ShouldAllBe(home => home.Value == home.Key.OwnDatabase);
        await using (var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 1))
        {
            await people.GoesOnAsync(3);
            await people.EndAsync();
        }

        var doctor = await RealProgram.RunAsync("doctor", "--data", hdms.Data);
        doctor.Output.ShouldContain("Nothing is wrong.", customMessage: doctor.Output);
    }
}
