using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;

namespace Hdms.Kit.Tests.Events;

public sealed class PositionTests
{
    const int Writers = 60;
    const int Each = 20;

    [Fact]
    public async Task Sixty_writers_that_commit_out_of_order_leave_no_gap_and_a_reader_misses_nothing()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var stop = new CancellationTokenSource();
        var reading = ReadAllAsync(things.Events, Writers * Each, stop.Token);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var i = 0; i < Each; i++)
            {
                await things.Database.WriteAsync(Caller.System(), async work =>
                {
                    await ThingsService.MakeAsync(work, Guid.CreateVersion7(), $"{writer}/{i}");
                    // Transactions that began early end late, and some never do.
                    await work.ExecuteAsync("SELECT pg_sleep(random() * 0.02)");
                }, CancellationToken.None);
                await Should.ThrowAsync<InvalidOperationException>(things.Database.WriteAsync(Caller.System(), async work =>
                {
                    await ThingsService.MakeAsync(work, Guid.CreateVersion7(), "rolled back");
                    throw new InvalidOperationException("changed my mind");
                }, CancellationToken.None));
            }
        }));

        stop.CancelAfter(TimeSpan.FromMinutes(3));
        var seen = await reading;
        seen.Select(e => e.Position.Position).ShouldBe(Enumerable.Range(1, Writers * Each).Select(n => (long)n));
        seen.ShouldAllBe(e => e.Data["name"]!.GetValue<string>() != "rolled back");
    }

    static async Task<List<RecordedEvent>> ReadAllAsync(EventReader events, int count, CancellationToken ct)
    {
        var seen = new List<RecordedEvent>();
        var at = LogPosition.Start;
        while (seen.Count < count)
        {
            var part = await events.AfterAsync(at, 7, ct);
            seen.AddRange(part.Events);
            at = part.Events.Count > 0 ? part.Events[^1].Position : at;
        }

        return seen;
    }

    [Fact]
    public async Task Two_writers_of_one_version_get_one_success_and_one_conflict()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var thing = await things.MakeAsync("one");

        Task Append() => things.Database.WriteAsync(
            Caller.System(), work => work.AppendAsync(new EventStream(thing.Id, thing.Version), new ThingRenamed("two")), CancellationToken.None);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await Append();
                return "ok";
            }
            catch (Kit.Problems.Refusal refusal)
            {
                return refusal.Code.Name;
            }
        }));

        results.Count(r => r == "ok").ShouldBe(1);
        results.Where(r => r != "ok").ShouldAllBe(r => r == "version_conflict");
    }

    [Fact]
    public async Task After_a_restore_under_a_running_service_the_first_new_connection_appends_in_a_new_epoch()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        await things.MakeAsync("before");

        // What a restore in place does: the same rows in another table, and every connection cut.
        await data.ExecuteAsync(
            """
            ALTER TABLE things_events RENAME TO things_events_lost;
            CREATE TABLE things_events (LIKE things_events_lost INCLUDING ALL);
            INSERT INTO things_events SELECT * FROM things_events_lost;
            GRANT SELECT, INSERT ON things_events TO hdms_things;
            """);
        // Once it is done: a connection that was opened before would not know of it.
        await data.ExecuteAsync("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await things.MakeAsync("after");

        (await data.QueryAsync<int>("SELECT epoch FROM things_events ORDER BY position")).ShouldBe([1, 2]);
        (await data.ScalarAsync<long>("SELECT first_position FROM things_log WHERE epoch = 2")).ShouldBe(2);
    }

    [Fact]
    public async Task The_log_can_only_be_appended_to()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        await things.MakeAsync("one");

        foreach (var sql in new[] { "UPDATE things_events SET type = 'x'", "DELETE FROM things_events", "TRUNCATE things_events" })
        {
            (await Should.ThrowAsync<Npgsql.PostgresException>(things.Database.WriteAsync(Caller.System(), w => w.ExecuteAsync(sql), CancellationToken.None)))
                .SqlState.ShouldBe("42501");
            // Nor can the tables' owner, whom no right stops.
            (await Should.ThrowAsync<Npgsql.PostgresException>(data.ExecuteAsync(sql))).SqlState.ShouldBe("42501");
        }
    }
}
