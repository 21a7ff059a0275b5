using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Kit.Tests.Caching;

public sealed class RowCacheTests : IAsyncLifetime
{
    readonly ManualClock _clock = new();
    SampleService _sample = null!;
    LogFollower _follower = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleService.StartAsync();
        _follower = new LogFollower(_sample.Data, _clock, NullLogger<LogFollower>.Instance);
        await _follower.LookAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _follower.Dispose();
        await _sample.DisposeAsync();
    }

    [Fact]
    public async Task What_was_read_is_served_from_memory_until_something_is_appended_to_its_stream()
    {
        using var rows = Rows();
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        (await rows.GetAsync(one, null, Gives("1"), Ct)).ShouldBe("1");
        (await rows.GetAsync(other, null, Gives("1"), Ct)).ShouldBe("1");

        await _sample.WriteAsync(work => work.AppendAsync(new(one, 0), new ThingMade("x")));

        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");
        (await rows.GetAsync(other, null, Gives("2"), Ct)).ShouldBe("1");
    }

    [Fact]
    public async Task A_record_without_a_version_evicts_too()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        await rows.GetAsync(one, null, Gives("1"), Ct);

        await _sample.WriteAsync(work => work.RecordAsync(new(one, 0), new ThingMade("x")));

        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");
    }

    [Fact]
    public async Task What_another_process_appended_evicts_at_the_next_look()
    {
        using var rows = Rows();
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        await rows.GetAsync(one, null, Gives("1"), Ct);
        await rows.GetAsync(other, null, Gives("1"), Ct);

        await AppendElsewhereAsync(one);
        await _follower.LookAsync(Ct);

        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");
        (await rows.GetAsync(other, null, Gives("2"), Ct)).ShouldBe("1");
    }

    [Fact]
    public async Task A_load_that_was_overtaken_by_an_eviction_is_not_kept()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        var gate = new TaskCompletionSource<string?>();
        var slow = rows.GetAsync(one, null, _ => gate.Task, Ct).AsTask();
        await _sample.WriteAsync(work => work.AppendAsync(new(one, 0), new ThingMade("x")));

        gate.SetResult("1");
        await slow;

        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");
    }

    [Fact]
    public async Task A_load_that_was_overtaken_does_not_take_the_place_of_the_one_after()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        var gate = new TaskCompletionSource<string?>();
        var slow = rows.GetAsync(one, null, _ => gate.Task, Ct).AsTask();
        await _sample.WriteAsync(work => work.AppendAsync(new(one, 0), new ThingMade("x")));
        await rows.GetAsync(one, null, Gives("2"), Ct);

        gate.SetResult("1");
        await slow;

        (await rows.GetAsync(one, null, Gives("3"), Ct)).ShouldBe("2");
    }

    [Fact]
    public async Task A_load_that_failed_keeps_nothing_and_the_next_one_is_kept()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        await Should.ThrowAsync<InvalidOperationException>(() => rows.GetAsync(one, null, _ => throw new InvalidOperationException("no"), Ct).AsTask());

        (await rows.GetAsync(one, null, Gives(null), Ct)).ShouldBeNull();
        (await rows.GetAsync(one, null, Gives("1"), Ct)).ShouldBe("1");
        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("1");
    }

    [Fact]
    public async Task Nothing_is_served_from_memory_when_the_log_was_not_looked_at_for_a_second()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        await rows.GetAsync(one, null, Gives("1"), Ct);

        _clock.Advance(TimeSpan.FromSeconds(0.9));
        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("1");
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");

        await _follower.LookAsync(Ct);
        (await rows.GetAsync(one, null, Gives("3"), Ct)).ShouldBe("3");
    }

    [Fact]
    public async Task What_no_event_tells_of_is_seen_after_a_minute()
    {
        using var rows = Rows();
        var one = Guid.NewGuid();
        await rows.GetAsync(one, null, Gives("1"), Ct);
        for (var looks = 0; looks < 119; looks++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await _follower.LookAsync(Ct);
        }

        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("1");
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await _follower.LookAsync(Ct);
        (await rows.GetAsync(one, null, Gives("2"), Ct)).ShouldBe("2");
    }

    [Theory]
    [InlineData("INSERT INTO sample_log (epoch, first_position, identity) SELECT max(epoch) + 1, 1, 'elsewhere' FROM sample_log")]
    [InlineData("INSERT INTO sample_events (position, epoch, stream_id, type, data, audit, occurred_at) VALUES (1000, 1, gen_random_uuid(), 'x', '{}', '{}', now())")]
    public async Task A_new_epoch_or_a_gap_empties_the_memory(string sql)
    {
        using var rows = Rows();
        await rows.GetAsync(Guid.NewGuid(), null, Gives("1"), Ct);

        await _sample.Database.ExecuteAsync(sql);
        await _follower.LookAsync(Ct);

        rows.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_read_with_a_position_is_served_from_memory_only_once_the_log_was_followed_so_far()
    {
        using var rows = Rows();
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        await rows.GetAsync(one, null, Gives("1"), Ct);
        await AppendElsewhereAsync(other);
        var at = await _sample.Database.ScalarAsync<long>("SELECT max(position) FROM sample_events");
        var position = new LogPosition(await _sample.Database.ScalarAsync<int>("SELECT max(epoch) FROM sample_log"), at);

        (await rows.GetAsync(one, position, Gives("2"), Ct)).ShouldBe("2");
        (await rows.GetAsync(one, null, Gives("3"), Ct)).ShouldBe("1");
        await _follower.LookAsync(Ct);
        (await rows.GetAsync(one, position, Gives("3"), Ct)).ShouldBe("1");
    }

    [Fact]
    public async Task No_more_are_kept_than_were_allowed_and_those_asked_for_again_stay()
    {
        using var rows = Rows(most: 100);
        var often = Guid.NewGuid();
        for (var i = 0; i < 1000; i++)
        {
            await rows.GetAsync(Guid.NewGuid(), null, Gives("1"), Ct);
            (await rows.GetAsync(often, null, Gives($"{i}"), Ct)).ShouldBe("0");
            rows.Count.ShouldBeLessThanOrEqualTo(100);
        }
    }

    [Fact]
    public async Task Whoever_has_written_never_reads_what_is_older_while_others_write_and_read_the_same()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("row_cache", "1000"));
        var rows = things.Services.GetRequiredService<RowCache<ThingView>>();
        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i => (await things.MakeAsync($"{i}")).Id));
        var acknowledged = new long[ids.Length];
        using var stop = new CancellationTokenSource();
        var reads = Enumerable.Range(0, 3).Select(r => Task.Run(async () =>
        {
            var fromMemory = 0;
            for (var i = r; !stop.IsCancellationRequested; i++)
            {
                var least = Volatile.Read(ref acknowledged[i % 4]);
                var loaded = false;
                var thing = await rows.GetAsync(ids[i % 4], null, ct =>
                {
                    loaded = true;
                    return ThingsService.FindAsync(things.Database, ids[i % 4], ct);
                }, Ct);
                thing!.Version.ShouldBeGreaterThanOrEqualTo(least);
                fromMemory += loaded ? 0 : 1;
                await Task.Yield();
            }

            return fromMemory;
        }, Ct)).ToArray();

        using var client = things.Client();
        for (var i = 0; i < 200; i++)
        {
            using var answer = await client.PatchAsJsonAsync($"/api/v1/things/{ids[i % 4]}", new RenameThing($"{i}"), Json.Tolerant, Ct);
            Volatile.Write(ref acknowledged[i % 4], (await answer.Content.ReadFromJsonAsync<ThingView>(Json.Tolerant, Ct))!.Version);
            (await client.GetFromJsonAsync<ThingView>($"/api/v1/things/{ids[i % 4]}", Json.Tolerant, Ct))!.Name.ShouldBe($"{i}");
        }

        await stop.CancelAsync();
        (await Task.WhenAll(reads)).Sum().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Another_process_sees_a_write_within_a_second_and_at_once_when_it_is_given_the_position()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var one = await ThingsService.StartAsync(data, null, ("row_cache", "1000"));
        await using var other = await ThingsService.StartAsync(data, null, ("row_cache", "1000"));
        var thing = await one.MakeAsync("0");
        using var writer = one.Client();
        using var reader = other.Client();
        var path = $"/api/v1/things/{thing.Id}";
        await KeptAsync(other, thing.Id);

        for (var i = 1; i <= 5; i++)
        {
            using var write = await writer.PatchAsJsonAsync(path, new RenameThing($"{i}"), Json.Tolerant, Ct);
            using var asking = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-HDMS-Position", write.Headers.GetValues("X-HDMS-Position").Single() } } };
            using var read = await reader.SendAsync(asking, Ct);
            (await read.Content.ReadFromJsonAsync<ThingView>(Json.Tolerant, Ct))!.Name.ShouldBe($"{i}");
            await Eventually.TrueAsync(
                async () => (await reader.GetFromJsonAsync<ThingView>(path, Json.Tolerant, Ct))!.Name == $"{i}", "the other process to see the write", seconds: 1);
            await KeptAsync(other, thing.Id);
        }
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_served_that_could_be_old()
    {
        await using var cluster = await TestCluster.StartDurableAsync(Ct);
        await using var data = await TestDatabase.CreateEmptyAsync(cluster);
        await data.ProvisionAsync(ThingsService.Service);
        await using var things = await ThingsService.StartAsync(data, null, ("row_cache", "1000"));
        var thing = await things.MakeAsync("before");
        await KeptAsync(things, thing.Id);

        await cluster.KillAsync();
        await Eventually.TrueAsync(async () => !await IsKeptAsync(things, thing.Id), "nothing to be served from memory", seconds: 2);
        await cluster.RestartAsync(Ct);
        await data.ExecuteAsync("UPDATE things SET name = 'after'");

        await KeptAsync(things, thing.Id);
        using var client = things.Client();
        (await client.GetFromJsonAsync<ThingView>($"/api/v1/things/{thing.Id}", Json.Tolerant, Ct))!.Name.ShouldBe("after");
    }

    [Fact]
    public async Task With_the_setting_at_0_nothing_is_kept()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("row_cache", "0"));
        var thing = await things.MakeAsync("before");
        using var client = things.Client();
        for (var i = 0; i < 50; i++)
        {
            var name = $"{i}";
            await data.ExecuteAsync("UPDATE things SET name = @name", new { name });
            (await client.GetFromJsonAsync<ThingView>($"/api/v1/things/{thing.Id}", Json.Tolerant, Ct))!.Name.ShouldBe(name);
        }

        things.Services.GetRequiredService<RowCache<ThingView>>().Count.ShouldBe(0);
    }

    static Func<CancellationToken, Task<string?>> Gives(string? row) => _ => Task.FromResult(row);

    /// <summary>Waits until the thing is served from memory.</summary>
    static Task KeptAsync(ThingsService things, Guid id) => Eventually.TrueAsync(() => IsKeptAsync(things, id), "the thing to be served from memory");

    static async Task<bool> IsKeptAsync(ThingsService things, Guid id)
    {
        var loaded = false;
        await things.Services.GetRequiredService<RowCache<ThingView>>().GetAsync(id, null, async ct =>
        {
            loaded = true;
            try
            {
                return await ThingsService.FindAsync(things.Database, id, ct);
            }
            catch (Exception e) when (e is Problems.Refusal or Npgsql.NpgsqlException)
            {
                return null;
            }
        }, Ct);
        return !loaded;
    }

    RowCache<string> Rows(int most = 1000) => new(_follower, new CacheMetrics("sample", "hdms.rows"), _clock, most);

    /// <summary>As another process does: this one is not told.</summary>
    async Task AppendElsewhereAsync(Guid stream)
    {
        await _sample.Database.ExecuteAsync(
            """
            INSERT INTO sample_events (position, epoch, stream_id, type, data, audit, occurred_at)
            SELECT coalesce(max(position), 0) + 1, 1, @stream, 'thing.made.v1', '{}', '{}', now() FROM sample_events
            """,
            new { stream });
    }
}
