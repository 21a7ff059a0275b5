using System.Diagnostics.Metrics;
using Hdms.Kit.Caching;
using Hdms.Kit.Telemetry;

namespace Hdms.Kit.Tests.Caching;

public sealed class CacheTests : IDisposable
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly ManualClock _clock = new();
    readonly CacheMetrics _metrics = new("sample");
    readonly MemoryStore _store;
    readonly Cache _cache;
    int _loads;

    public CacheTests()
    {
        _store = new MemoryStore(_clock, most: 640);
        _cache = new Cache(_store, _metrics);
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_who_ask_at_once_cause_one_load()
    {
        var gate = new TaskCompletionSource();
        var asking = Enumerable.Range(0, 200).Select(_ => Task.Run(() => _cache.GetAsync("k", Minute, async ct =>
        {
            Interlocked.Increment(ref _loads);
            await gate.Task.WaitAsync(ct);
            return "value";
        }, Ct))).ToArray();
        await Eventually.TrueAsync(() => Volatile.Read(ref _loads) > 0, "the load has begun");
        gate.SetResult();

        (await Task.WhenAll(asking)).ShouldAllBe(v => v == "value");
        _loads.ShouldBe(1);
    }

    [Fact]
    public async Task When_the_one_who_began_the_load_leaves_the_others_get_their_value()
    {
        var gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var first = _cache.GetAsync("k", Minute, ct => LoadAsync(gate, ct), impatient.Token);
        var second = _cache.GetAsync("k", Minute, ct => LoadAsync(gate, ct), Ct);

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        (await second).ShouldBe(1);
    }

    [Fact]
    public async Task A_load_that_nobody_waits_for_is_given_up_and_the_next_one_begins_anew()
    {
        using var leaving = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        var left = _cache.GetAsync("k", Minute, async ct =>
        {
            await using var _ = ct.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, ct);
            return 0;
        }, leaving.Token);

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => left);
        await cancelled.Task.WaitAsync(Ct);

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult(2), Ct)).ShouldBe(2);
    }

    [Fact]
    public async Task A_load_that_fails_fails_for_all_who_wait_and_is_not_remembered()
    {
        var gate = new TaskCompletionSource<int>();
        var asking = Enumerable.Range(0, 3).Select(_ => _cache.GetAsync("k", Minute, _ => gate.Task, Ct)).ToArray();
        gate.SetException(new InvalidDataException());

        foreach (var asked in asking)
        {
            await Should.ThrowAsync<InvalidDataException>(() => asked);
        }

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult(3), Ct)).ShouldBe(3);
    }

    [Fact]
    public async Task An_eviction_wins_over_a_load_that_read_before_it()
    {
        var gate = new TaskCompletionSource();
        var old = _cache.GetAsync("k", Minute, async ct =>
        {
            await gate.Task.WaitAsync(ct);
            return "old";
        }, Ct);

        await _cache.EvictAsync("k");
        var after = await _cache.GetAsync("k", Minute, _ => Task.FromResult("new"), Ct);
        gate.SetResult();

        after.ShouldBe("new");
        (await old).ShouldBe("old");
        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("never loaded"), Ct)).ShouldBe("new");
    }

    [Fact]
    public async Task A_load_that_read_before_an_eviction_keeps_nothing()
    {
        var gate = new TaskCompletionSource();
        var old = _cache.GetAsync("k", Minute, async ct =>
        {
            await gate.Task.WaitAsync(ct);
            return "old";
        }, Ct);
        await _cache.EvictAsync("k");
        gate.SetResult();
        await old;

        (await _cache.GetAsync("k", Minute, _ => Task.FromResult("new"), Ct)).ShouldBe("new");
    }

    [Fact]
    public async Task A_value_is_loaded_again_when_its_time_is_over_and_a_little_earlier_for_some()
    {
        var ends = new HashSet<int>();
        for (var i = 0; i < 50; i++)
        {
            await _cache.GetAsync($"k{i}", TimeSpan.FromSeconds(100), _ => Task.FromResult(i), Ct);
        }

        for (var second = 1; second <= 101; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 50; i++)
            {
                var kept = await _store.ReadAsync([$"k{i}"]);
                if (kept[0].Value is null)
                {
                    ends.Add(second);
                }
            }

            (second < 85 && ends.Count > 0).ShouldBeFalse();
        }

        ends.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task Of_many_only_those_not_kept_are_loaded_together_and_those_not_found_are_left_out()
    {
        await _cache.GetAsync("1", Minute, _ => Task.FromResult("one"), Ct);
        IReadOnlyList<int> asked = [];

        var found = await _cache.GetManyAsync<int, string>([1, 2, 3, 2], id => $"{id}", Minute, (ids, _) =>
        {
            asked = ids;
            return Task.FromResult<IReadOnlyDictionary<int, string>>(new Dictionary<int, string> { [2] = "two" });
        }, Ct);

        asked.ShouldBe([2, 3]);
        found.ShouldBe(new Dictionary<int, string> { [1] = "one", [2] = "two" }, ignoreOrder: true);
    }

    [Fact]
    public async Task Many_at_once_for_overlapping_ids_load_each_id_once()
    {
        var loads = new System.Collections.Concurrent.ConcurrentBag<int>();
        var gate = new TaskCompletionSource();
        var asking = Enumerable.Range(0, 20).Select(n => Task.Run(() => _cache.GetManyAsync<int, int>(
            Enumerable.Range(n, 10), id => $"{id}", Minute, async (ids, ct) =>
            {
                foreach (var id in ids)
                {
                    loads.Add(id);
                }

                await gate.Task.WaitAsync(ct);
                return ids.ToDictionary(id => id, id => id * id);
            }, Ct))).ToArray();
        await Eventually.TrueAsync(() => loads.Distinct().Count() == 29, "every id is being loaded");
        gate.SetResult();

        var answers = await Task.WhenAll(asking);
        loads.Count.ShouldBe(29);
        answers.ShouldAllBe(a => a.Count == 10 && a.All(e => e.Value == e.Key * e.Key));
    }

    [Fact]
    public async Task Memory_is_bounded()
    {
        for (var i = 0; i < 5000; i++)
        {
            await _cache.GetAsync($"k{i}", Minute, _ => Task.FromResult(i), Ct);
        }

        _store.Count.ShouldBeLessThanOrEqualTo(640);
        _store.Count.ShouldBeGreaterThan(500);
    }

    [Fact]
    public async Task Hits_and_misses_are_counted()
    {
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == KitTelemetry.Name)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "service", Value: "counted" })
                {
                    counted[instrument.Name] = counted.GetValueOrDefault(instrument.Name) + value;
                }
            }
        });
        listener.Start();
        using var metrics = new CacheMetrics("counted");
        var cache = new Cache(new MemoryStore(_clock), metrics);

        for (var i = 0; i < 3; i++)
        {
            await cache.GetAsync("k", Minute, _ => Task.FromResult(1), Ct);
        }

        counted["hdms.cache.misses"].ShouldBe(1);
        counted["hdms.cache.hits"].ShouldBe(2);
    }

    async Task<int> LoadAsync(TaskCompletionSource gate, CancellationToken ct)
    {
        await gate.Task.WaitAsync(ct);
        return Interlocked.Increment(ref _loads);
    }

    public void Dispose() => _metrics.Dispose();
}
