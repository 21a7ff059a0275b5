using System.Collections.Concurrent;
using System.Text.Json;
using Hdms.Contracts;

namespace Hdms.Kit.Caching;

/// <summary>
/// Read-through cache of a service. One load for each key at a time and process, whoever asks; an eviction wins over a load
/// that began before it; a store that is away costs a load and nothing more. Values are JSON and shared between callers, so
/// they must be immutable. With several processes of a service, an eviction reaches the others through Redis; without it,
/// theirs go with their time to live.
/// </summary>
public sealed class Cache
{
    const int LargestValue = 256 * 1024;

    readonly ConcurrentDictionary<string, object> _flights = new(StringComparer.Ordinal);
    readonly ICacheStore _store;
    readonly CacheMetrics _metrics;

    internal Cache(ICacheStore store, CacheMetrics metrics)
    {
        _store = store;
        _metrics = metrics;
    }

    /// <summary>The value under <paramref name="key"/>, or what <paramref name="load"/> gives, kept for at most <paramref name="ttl"/>.</summary>
    /// <param name="load">Its token is not the caller's: it is cancelled when nobody waits any more.</param>
    public async Task<T> GetAsync<T>(string key, TimeSpan ttl, Func<CancellationToken, Task<T>> load, CancellationToken ct)
    {
        var found = await GetManyAsync<string, T>(
            [key], k => k, ttl, async (_, token) => new Dictionary<string, T>(StringComparer.Ordinal) { [key] = await load(token) }, ct);
        return found[key];
    }

    /// <summary>The values of <paramref name="ids"/>; those that are not kept are loaded together.</summary>
    /// <param name="loadMissing">What it does not return is not in the answer, and is not kept.</param>
    public Task<IReadOnlyDictionary<TId, T>> GetManyAsync<TId, T>(
        IEnumerable<TId> ids, Func<TId, string> keyOf, TimeSpan ttl,
        Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyDictionary<TId, T>>> loadMissing, CancellationToken ct)
        where TId : notnull => GetManyAsync(ids, keyOf, _ => ttl, loadMissing, ct);

    /// <summary>As the other, for values of which some are kept longer than others; zero is not kept at all.</summary>
    public async Task<IReadOnlyDictionary<TId, T>> GetManyAsync<TId, T>(
        IEnumerable<TId> ids, Func<TId, string> keyOf, Func<T, TimeSpan> ttlOf,
        Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyDictionary<TId, T>>> loadMissing, CancellationToken ct)
        where TId : notnull
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(keyOf);
        ct.ThrowIfCancellationRequested();
        var own = new Flights();
        var all = ids.Distinct().Select(id => (Id: id, Key: keyOf(id))).ToArray()
            .Select(i => (i.Id, i.Key, Flight: Board<T>(i.Key, own))).ToArray();
        var begun = all.Where(f => f.Flight.Flights == own).DistinctBy(f => f.Key, StringComparer.Ordinal).ToArray();
        try
        {
            if (begun.Length > 0)
            {
                _ = LoadAsync(own, begun, ttlOf, loadMissing);
            }

            var found = new Dictionary<TId, T>();
            foreach (var (id, _, flight) in all)
            {
                if (await flight.Landing.WaitAsync(ct) is (true, var value))
                {
                    found[id] = value!;
                }
            }

            return found;
        }
        finally
        {
            foreach (var (_, _, flight) in all.Where(f => f.Flight.Flights != own))
            {
                flight.Flights.Leave();
            }

            own.Leave();
        }
    }

    /// <summary>
    /// Forgets the keys. Whoever asks after this has returned gets what was loaded after it was called. Call it after the
    /// commit that made them wrong (<c>work.AfterCommit</c>), or from the handler of the event that tells.
    /// </summary>
    public async Task EvictAsync(params IReadOnlyCollection<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);

        // First the loads on their way, so that nobody joins one that read before; what they still write, the store refuses.
        foreach (var key in keys)
        {
            _flights.TryRemove(key, out _);
        }

        await _store.RemoveAsync(keys);
    }

    /// <summary>Joins the load of this key that is on its way, or begins one among <paramref name="own"/>.</summary>
    Flight<T> Board<T>(string key, Flights own)
    {
        var begun = new Flight<T>(own);
        for (; ; )
        {
            var there = _flights.GetOrAdd(key, begun);
            if (there is not Flight<T> flight)
            {
                // Read as two types at once: each for itself, rather than one for the other.
                return begun;
            }

            if (ReferenceEquals(flight.Flights, own) || flight.Flights.TryJoin())
            {
                return flight;
            }

            Remove(key, flight);
        }
    }

    void Remove(string key, object flight) => _flights.TryRemove(new KeyValuePair<string, object>(key, flight));

    async Task LoadAsync<TId, T>(
        Flights flights, (TId Id, string Key, Flight<T> Flight)[] begun, Func<T, TimeSpan> ttlOf,
        Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyDictionary<TId, T>>> loadMissing)
        where TId : notnull
    {
        try
        {
            var kept = await _store.ReadAsync([.. begun.Select(b => b.Key)]);
            var missing = new List<(TId Id, string Key, Flight<T> Flight, Kept Seen)>();
            for (var i = 0; i < begun.Length; i++)
            {
                if (TryRead<T>(kept[i].Value, out var value))
                {
                    Land(begun[i].Key, begun[i].Flight, true, value);
                }
                else
                {
                    missing.Add((begun[i].Id, begun[i].Key, begun[i].Flight, kept[i]));
                }
            }

            _metrics.Hit(begun.Length - missing.Count);
            if (missing.Count == 0)
            {
                return;
            }

            _metrics.Miss(missing.Count);
            var loaded = await loadMissing([.. missing.Select(m => m.Id)], flights.NobodyWaits);

            // Kept first, so that whoever comes after finds it and does not load again.
            await KeepAsync(missing.Where(m => loaded.ContainsKey(m.Id)).Select(m => (m.Key, m.Seen, loaded[m.Id])), ttlOf);
            foreach (var m in missing)
            {
                Land(m.Key, m.Flight, loaded.TryGetValue(m.Id, out var value), value);
            }
        }
        catch (Exception e)
        {
            foreach (var b in begun)
            {
                Remove(b.Key, b.Flight);
                b.Flight.Crash(e);
            }
        }
    }

    void Land<T>(string key, Flight<T> flight, bool found, T? value)
    {
        Remove(key, flight);
        flight.Land(found, value);
    }

    async Task KeepAsync<T>(IEnumerable<(string Key, Kept Seen, T Value)> values, Func<T, TimeSpan> ttlOf)
    {
        var entries = new List<ToKeep>();
        foreach (var (key, seen, value) in values)
        {
            // Not all at once: what was loaded together would be loaded together again for ever.
            var ttl = ttlOf(value) * (1 - (Random.Shared.NextDouble() * 0.15));
            var bytes = JsonSerializer.SerializeToUtf8Bytes(value, Json.Tolerant);
            if (ttl > TimeSpan.Zero && seen.State is not null && bytes.Length <= LargestValue)
            {
                entries.Add(new ToKeep(key, seen, bytes, ttl));
            }
        }

        if (entries.Count > 0)
        {
            await _store.WriteAsync(entries);
        }
    }

    bool TryRead<T>(byte[]? bytes, out T? value)
    {
        value = default;
        if (bytes is null)
        {
            return false;
        }

        try
        {
            value = JsonSerializer.Deserialize<T>(bytes, Json.Tolerant);
            return true;
        }
        catch (JsonException)
        {
            // Kept by another version of this program, which knew another shape.
            _metrics.Fault();
            return false;
        }
    }
}
