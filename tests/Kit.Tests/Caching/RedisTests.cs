using System.Collections.Concurrent;
using System.Diagnostics;
using Hdms.Kit.Caching;
using Hdms.Kit.Hosting;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Kit.Tests.Caching;

public sealed class RedisTests : IAsyncLifetime
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly CacheMetrics _metrics = new("sample");
    RedisServer _redis = null!;
    RedisStore _store = null!;
    RedisStore _otherStore = null!;
    Cache _cache = null!;
    Cache _otherProcess = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(Ct);
        _store = Store();
        await UsableAsync(_store);
        _otherStore = Store();
        await UsableAsync(_otherStore);
        _cache = new Cache(_store, _metrics);
        _otherProcess = new Cache(_otherStore, _metrics);
    }

    [Fact]
    public async Task A_value_that_one_process_loaded_is_there_for_the_other()
    {
        await _cache.GetAsync("k", Minute, _ => Task.FromResult("loaded"), Ct);

        (await _otherProcess.GetAsync("k", Minute, _ => Task.FromResult("again"), Ct)).ShouldBe("loaded");
    }

    [Fact]
    public async Task An_eviction_in_another_process_wins_over_a_load_that_read_before_it()
    {
        var gate = new TaskCompletionSource();
        var reading = new TaskCompletionSource();
        var old = _cache.GetAsync("k", Minute, async ct =>
        {
            reading.SetResult();
            await gate.Task.WaitAsync(ct);
            return "old";
        }, Ct);
        await reading.Task.WaitAsync(Ct);
        await _otherProcess.EvictAsync("k");
        gate.SetResult();
        await old;

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("new"), Ct)).ShouldBe("new");
        (await _otherProcess.GetAsync("k", Minute, _ => Task.FromResult("newer"), Ct)).ShouldBe("new");
    }

    [Fact]
    public async Task Nothing_fails_and_nothing_is_slow_while_Redis_is_dead()
    {
        await using var store = Store(RedisLink.UsualPatience);
        var cache = new Cache(store, _metrics);
        await UsableAsync(store);
        await _redis.KillAsync();

        for (var i = 0; i < 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            (await cache.GetAsync("k", Minute, _ => Task.FromResult(i), Ct)).ShouldBe(i);
            await cache.EvictAsync("k");
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        }

        store.IsUsable.ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_evicted_while_Redis_was_away_is_not_served_when_it_is_back()
    {
        await _cache.GetAsync("k", Minute, _ => Task.FromResult("old"), Ct);

        // Stopped in its tracks, not killed: it comes back with everything that it had.
        await _redis.PauseAsync();
        await _cache.EvictAsync("k");
        await _redis.ResumeAsync();

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("new"), Ct)).ShouldBe("new");
        await UsableAsync(_store);
        await UsableAsync(_otherStore);
        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("newer"), Ct)).ShouldBe("newer");
        (await _otherProcess.GetAsync("k", Minute, _ => Task.FromResult("newest"), Ct)).ShouldBe("newer");
    }

    [Fact]
    public async Task Under_load_Redis_dies_and_comes_back_and_nobody_ever_reads_what_was_evicted()
    {
        var truth = new ConcurrentDictionary<int, int>();
        var late = 0;
        var reads = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var workers = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // Each key has one writer; what it reads after its own eviction must be as new as what it wrote.
                var key = (Random.Shared.Next(20) * 4) + worker;
                if (Random.Shared.Next(4) == 0)
                {
                    truth[key] = truth.GetValueOrDefault(key) + 1;
                    await _cache.EvictAsync($"{key}");
                }

                var read = await _cache.GetAsync($"{key}", Minute, async _ =>
                {
                    var value = truth.GetValueOrDefault(key);
                    await Task.Yield();
                    return value;
                }, Ct);
                Interlocked.Increment(ref reads);
                Interlocked.Add(ref late, read == truth.GetValueOrDefault(key) ? 0 : 1);
            }
        }, Ct)).ToArray();

        for (var round = 0; round < 2; round++)
        {
            var before = Volatile.Read(ref reads);
            await Eventually.TrueAsync(() => Volatile.Read(ref reads) > before + 500, "there is work");
            await _redis.KillAsync();
            before = Volatile.Read(ref reads);
            await Eventually.TrueAsync(() => Volatile.Read(ref reads) > before + 500, "work goes on without Redis");
            await _redis.RestartAsync(Ct);
            await UsableAsync(_store);
        }

        await stop.CancelAsync();
        await Task.WhenAll(workers);
        late.ShouldBe(0);
    }

    [Fact]
    public async Task A_load_from_before_the_outage_keeps_nothing_after_it()
    {
        var gate = new TaskCompletionSource();
        var reading = new TaskCompletionSource();
        var old = _cache.GetAsync("k", Minute, async ct =>
        {
            reading.SetResult();
            await gate.Task.WaitAsync(ct);
            return "old";
        }, Ct);
        await reading.Task.WaitAsync(Ct);
        await _redis.KillAsync();
        await _cache.EvictAsync("k");
        await _redis.RestartAsync(Ct);
        await Eventually.TrueAsync(() => _store.IsUsable, "Redis is used again");
        gate.SetResult();
        await old;

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("new"), Ct)).ShouldBe("new");
    }

    [Fact]
    public async Task A_service_starts_while_Redis_is_away_and_uses_it_when_it_comes()
    {
        await _redis.KillAsync();
        await using var store = Store();
        var cache = new Cache(store, _metrics);

        (await cache.GetAsync("k", Minute, _ => Task.FromResult(1), Ct)).ShouldBe(1);
        store.IsUsable.ShouldBeFalse();
        await _redis.RestartAsync(Ct);
        await UsableAsync(store);
        await cache.GetAsync("k", Minute, _ => Task.FromResult(2), Ct);

        (await cache.GetAsync("k", Minute, _ => Task.FromResult(3), Ct)).ShouldBe(2);
    }

    [Fact]
    public void A_setting_that_names_no_server_is_refused_by_its_name() =>
        Should.Throw<SettingException>(() => RedisAddress.Read("127.0.0.1:6379,nonsense=yes", "sample")).Name.ShouldBe("redis");

    /// <param name="patience">More than usual, so that a busy machine is not taken for an absent Redis.</param>
    RedisStore Store(TimeSpan? patience = null) =>
        new("sample", _redis.Address, _metrics, TimeProvider.System, NullLogger<RedisStore>.Instance, patience ?? TimeSpan.FromSeconds(2));

    static Task UsableAsync(RedisStore store) => Eventually.TrueAsync(() => store.IsUsable, "Redis is used");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _otherStore.DisposeAsync();
        await _redis.DisposeAsync();
        _metrics.Dispose();
    }
}
