using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Feeds;
using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Feeds;

public sealed class EndOfLogTests
{
    [Fact]
    public async Task A_reader_comes_past_records_that_no_feed_gives()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        var thing = await things.MakeAsync("seen");
        await CursorAsync(data, 1);
        await RecordAsync(things, thing.Id);
        await RecordAsync(things, thing.Id);

        // Within a read's two seconds, so that nobody who names the position is told that the answer is stale.
        await CursorAsync(data, 3, seconds: 2);

        await things.MakeAsync("after the records");
        await CursorAsync(data, 4);
        (await data.QueryAsync<string>("SELECT name FROM watchers_seen ORDER BY n")).ShouldBe(["seen", "after the records"]);
    }

    [Fact]
    public async Task The_feed_tells_up_to_where_it_has_given_all()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var thing = await things.MakeAsync("one");
        await things.MakeAsync("two");
        await RecordAsync(things, thing.Id);

        (await ReadAsync(things, "limit=1")).ShouldBe((1, "1"));
        (await ReadAsync(things, "limit=10")).ShouldBe((2, "3"));
        (await ReadAsync(things, "lastEventId=1.2&timeout=30000")).ShouldBe((0, "3"));
        (await ReadAsync(things, "lastEventId=1.3&timeout=10")).ShouldBe((0, "3"));
    }

    [Fact]
    public async Task A_parked_event_that_was_carried_out_meanwhile_is_not_put_back()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        await things.MakeAsync("one");
        var e = EventReader.ToFeed("things", (await things.Events.AfterAsync(default, 1, CancellationToken.None)).Events[0]);
        var parked = new ParkedEvents("watchers", "seen");

        await watchers.Services.GetRequiredService<ServiceDatabase>().WriteAsync(
            Caller.System(), work => parked.PutOffAsync(work, e, "failed again"), CancellationToken.None);

        (await data.ScalarAsync<long>("SELECT count(*) FROM watchers_parked")).ShouldBe(0);
    }

    [Fact]
    public async Task A_parked_events_error_names_the_constraint_and_no_row()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        await data.ExecuteAsync("ALTER TABLE watchers_seen ADD CONSTRAINT no_secrets CHECK (name <> 'a secret')");

        await things.MakeAsync("a secret");

        await Eventually.TrueAsync(async () => await data.ScalarAsync<long>("SELECT count(*) FROM watchers_parked") == 1, "the event is parked");
        var error = await data.ScalarAsync<string>("SELECT error FROM watchers_parked") ?? "";
        error.ShouldContain("23514");
        error.ShouldContain("no_secrets");
        error.ShouldNotContain("a secret");
    }

    static Task RecordAsync(ThingsService things, Guid id) => things.Database.WriteAsync(
        Caller.System(), work => work.RecordRefusalAsync(new EventStream(id, 1), new AttemptRefused("look", "forbidden")), CancellationToken.None);

    static Task CursorAsync(Hdms.Testing.TestDatabase data, long position, int seconds = 20) => Eventually.TrueAsync(
        async () => await data.ScalarAsync<long>("SELECT coalesce(max(position), 0) FROM watchers_cursors") == position, $"the cursor is at {position}", seconds);

    static async Task<(int Events, string To)> ReadAsync(ThingsService things, string query)
    {
        using var client = things.Client();
        using var answer = await client.GetAsync($"/api/v1/things/events?{query}");
        answer.EnsureSuccessStatusCode();
        using var events = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (events.RootElement.GetArrayLength(), answer.Headers.GetValues("X-HDMS-Log-To").Single());
    }
}
