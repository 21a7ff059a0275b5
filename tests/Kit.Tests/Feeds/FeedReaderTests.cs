using System.Text.Json;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;

namespace Hdms.Kit.Tests.Feeds;

public sealed class FeedReaderTests
{
    [Fact]
    public async Task Two_processes_with_the_same_reader_carry_each_event_out_once()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var one = await WatchersService.StartAsync(data, things.Address);
        await using var two = await WatchersService.StartAsync(data, things.Address);

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => things.MakeAsync($"thing {i}")));

        await SeenAsync(data, 300);
        (await data.ScalarAsync<long>("SELECT count(DISTINCT event_id) FROM watchers_seen")).ShouldBe(300);
        (await data.ScalarAsync<long>("SELECT position FROM watchers_cursors WHERE reader = 'seen'")).ShouldBe(300);
    }

    [Fact]
    public async Task Events_of_one_thing_are_carried_out_in_their_order()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        var thing = await things.MakeAsync("v1");
        for (var version = 1; version < 20; version++)
        {
            await RenameAsync(things, thing.Id, version, $"v{version + 1}");
        }

        await SeenAsync(data, 20);
        (await data.QueryAsync<string>("SELECT name FROM watchers_seen ORDER BY n")).ShouldBe(Enumerable.Range(1, 20).Select(n => $"v{n}"));
    }

    [Fact]
    public async Task An_event_that_fails_is_parked_with_its_error_and_holds_back_its_own_thing_only()
    {
        var poisoned = true;
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address, () => poisoned);
        var bad = await things.MakeAsync(WatchersService.Poison);
        await RenameAsync(things, bad.Id, 1, "after the poison");
        await things.MakeAsync("healthy");

        await SeenAsync(data, 1);
        (await data.QueryAsync<string>("SELECT name FROM watchers_seen")).ShouldBe(["healthy"]);
        await Eventually.TrueAsync(async () => await data.ScalarAsync<long>("SELECT count(*) FROM watchers_parked") == 2, "both events of the bad thing are parked");
        (await data.QueryAsync<string>("SELECT error FROM watchers_parked ORDER BY position")).ShouldBe(
            ["This can't be carried out.", "waits behind an earlier event of its stream"]);

        poisoned = false;
        await data.ExecuteAsync("UPDATE watchers_parked SET next_at = now()");
        await watchers.Reader.RetryParkedAsync(CancellationToken.None);
        await watchers.Reader.RetryParkedAsync(CancellationToken.None);

        await SeenAsync(data, 3);
        (await data.QueryAsync<string>("SELECT name FROM watchers_seen WHERE stream_id = @Id ORDER BY n", new { bad.Id }))
            .ShouldBe([WatchersService.Poison, "after the poison"]);
        (await data.ScalarAsync<long>("SELECT count(*) FROM watchers_parked")).ShouldBe(0);
    }

    [Fact]
    public async Task After_a_restore_no_event_that_is_there_is_missed_though_positions_are_given_again()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var backup = new Dump(thingsData);
        await using (var things = await ThingsService.StartAsync(thingsData))
        await using (var watchers = await WatchersService.StartAsync(data, things.Address))
        {
            await things.MakeAsync("kept 1");
            await things.MakeAsync("kept 2");
            await backup.TakeAsync();
            await things.MakeAsync("lost 3");
            await things.MakeAsync("lost 4");
            await SeenAsync(data, 4);
        }

        await backup.RestoreAsync();

        await using (var things = await ThingsService.StartAsync(thingsData))
        await using (var watchers = await WatchersService.StartAsync(data, things.Address))
        {
            for (var i = 3; i <= 6; i++)
            {
                await things.MakeAsync($"new {i}");
            }

            await SeenAsync(data, 8);
            (await data.QueryAsync<string>("SELECT name FROM watchers_seen ORDER BY n")).ShouldBe(
                ["kept 1", "kept 2", "lost 3", "lost 4", "new 3", "new 4", "new 5", "new 6"]);
            (await data.QueryAsync<string>("SELECT event_id FROM watchers_seen ORDER BY n")).ShouldBeUnique();
        }
    }

    [Fact]
    public async Task After_the_rows_moved_to_another_cluster_the_reader_goes_on_without_a_miss_or_a_double()
    {
        await using var otherCluster = await TestCluster.StartDurableAsync();
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var data = await WatchersService.NewDatabaseAsync();
        await using (var things = await ThingsService.StartAsync(thingsData))
        await using (var watchers = await WatchersService.StartAsync(data, things.Address))
        {
            for (var i = 0; i < 5; i++)
            {
                await things.MakeAsync($"before {i}");
            }

            await SeenAsync(data, 5);
        }

        await using var moved = await TestDatabase.CreateEmptyAsync(otherCluster);
        await moved.ProvisionAsync(ThingsService.Service);
        await using var backup = new Dump(thingsData);
        await backup.TakeAsync();
        await backup.RestoreAsync(moved);

        await using (var things = await ThingsService.StartAsync(moved))
        await using (var watchers = await WatchersService.StartAsync(data, things.Address))
        {
            for (var i = 0; i < 5; i++)
            {
                await things.MakeAsync($"after {i}");
            }

            await SeenAsync(data, 10);
            (await data.QueryAsync<string>("SELECT name FROM watchers_seen ORDER BY n")).ShouldBe(
                [.. Enumerable.Range(0, 5).Select(i => $"before {i}"), .. Enumerable.Range(0, 5).Select(i => $"after {i}")]);
        }
    }

    [Fact]
    public async Task The_feed_is_a_batch_of_cloud_events_for_services_only()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        var thing = await things.MakeAsync("chair");
        using var client = things.Client();

        using var response = await client.GetAsync("/api/v1/things/events");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/cloudevents-batch+json");
        var e = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement[0];
        e.GetProperty("specversion").GetString().ShouldBe("1.0");
        e.GetProperty("type").GetString().ShouldBe("thing.made.v1");
        e.GetProperty("source").GetString().ShouldBe("urn:hdms:things");
        e.GetProperty("subject").GetGuid().ShouldBe(thing.Id);
        e.GetProperty("data").GetProperty("name").GetString().ShouldBe("chair");

        using var stranger = new HttpClient { BaseAddress = things.Address };
        ((int)(await stranger.GetAsync("/api/v1/things/events")).StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task A_long_poll_ends_as_soon_as_something_happens()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        using var client = things.Client();
        var poll = client.GetStringAsync("/api/v1/things/events?timeout=30000");

        await things.MakeAsync("at last");

        (await poll.WaitAsync(TimeSpan.FromSeconds(25))).ShouldContain("at last");
    }

    static Task RenameAsync(ThingsService things, Guid id, long version, string name) => things.Database.WriteAsync(
        Caller.System(), work => work.AppendAsync(new EventStream(id, version), new ThingRenamed(name)), CancellationToken.None);

    static Task SeenAsync(TestDatabase data, long count) => Eventually.TrueAsync(
        async () => await data.ScalarAsync<long>("SELECT count(*) FROM watchers_seen") >= count, $"{count} events carried out");
}
