using System.Collections.Concurrent;
using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;

namespace Hdms.Kit.Tests.Database;

public sealed class DurabilityTests
{
    [Fact]
    public async Task A_commit_that_stands_although_its_answer_was_lost_is_not_done_again_and_what_follows_it_runs_once()
    {
        await using var cluster = await TestCluster.StartDurableAsync();
        await using var data = await TestDatabase.CreateEmptyAsync(cluster);
        await data.ProvisionAsync(ThingsService.Service);
        await using var things = await ThingsService.StartAsync(data);
        var (tries, followed) = (0, 0);

        // A commit that waits for a standby which never comes is written down already when its connection is cut.
        await SetAsync("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        var writing = things.Database.WriteAsync(Caller.System(), async work =>
        {
            Interlocked.Increment(ref tries);
            work.AfterCommit(() => Task.FromResult(Interlocked.Increment(ref followed)));
            await ThingsService.MakeAsync(work, Guid.CreateVersion7(), "once");
        }, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            () => data.ScalarAsync<bool>("SELECT bool_or(pg_terminate_backend(pid)) IS TRUE FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
            "the commit that waits");
        await writing;
        await SetAsync("ALTER SYSTEM RESET synchronous_standby_names");

        (tries, followed).ShouldBe((1, 1));
        (await data.QueryAsync<string>("SELECT name FROM things")).ShouldBe(["once"]);

        async Task SetAsync(string setting)
        {
            await cluster.ExecuteAsync(setting);
            await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        }
    }

    [Fact]
    public async Task When_PostgreSQL_is_killed_during_writes_every_acknowledged_write_is_there_once()
    {
        await using var cluster = await TestCluster.StartDurableAsync();
        await using var data = await TestDatabase.CreateEmptyAsync(cluster);
        await data.ProvisionAsync(ThingsService.Service);
        await using var things = await ThingsService.StartAsync(data);
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<Guid>();
        var refused = new ConcurrentBag<int>();
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            using var client = things.Client();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                using var response = await client.PostAsJsonAsync("/api/v1/things", new MakeThing($"{w}/{i}"), Json.Tolerant);
                if (response.IsSuccessStatusCode)
                {
                    acknowledged.Add((await response.Content.ReadFromJsonAsync<ThingView>(Json.Tolerant))!.Id);
                }
                else
                {
                    refused.Add((int)response.StatusCode);
                }
            }
        })).ToList();

        for (var kill = 1; kill <= 3; kill++)
        {
            var before = acknowledged.Count;
            await Eventually.TrueAsync(() => Task.FromResult(acknowledged.Count > before + 100), $"writes before kill {kill}");
            await cluster.KillAsync();
            await cluster.RestartAsync();
        }

        var last = acknowledged.Count;
        await Eventually.TrueAsync(() => Task.FromResult(acknowledged.Count > last + 100), "writes after the last kill");
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        // 503 says that it is not known or not done; anything else would be a fault of ours.
        refused.ShouldAllBe(status => status == 503);
        var there = (await data.QueryAsync<Guid>("SELECT id FROM things")).ToHashSet();
        acknowledged.Where(id => !there.Contains(id)).ShouldBeEmpty();
        acknowledged.ShouldBeUnique();
        (await data.ScalarAsync<long>("SELECT count(*) FROM things WHERE id NOT IN (SELECT stream_id FROM things_events)")).ShouldBe(0);
        (await data.ScalarAsync<bool>("SELECT max(position) = count(*) FROM things_events")).ShouldBeTrue();
        there.Count.ShouldBeLessThanOrEqualTo(acknowledged.Count + refused.Count);
    }
}
