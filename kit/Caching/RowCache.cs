using Hdms.Contracts;

namespace Hdms.Kit.Caching;

/// <summary>
/// Rows of this service that are read again and again, as they were read, in this process's memory. A row is evicted by
/// whatever the service's own log tells of the stream with its id: by this process's own commits before they are answered,
/// by those of other processes when the log has been looked at (docs/decisions/0016-rows-in-memory.md). So a value may hold
/// nothing that changes without an event or record on that stream, and must be immutable, since it is shared. Not for reads
/// on a standby, which may be older than the eviction, nor in a unit of work, which has to see its own changes.
/// </summary>
public sealed class RowCache<T> : IDisposable
    where T : class
{
    /// <summary>For how long a row is kept that was changed behind the log's back.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    readonly Lock _lock = new();
    readonly Dictionary<Guid, object> _loads = [];
    readonly LogFollower _log;
    readonly TimeProvider _clock;
    readonly CacheMetrics _metrics;
    readonly int _half;

    // What was asked for lately, and before that. When the first is full, the second is given up: nearly the least recently used.
    Dictionary<Guid, Kept> _young = [];
    Dictionary<Guid, Kept> _old = [];

    internal RowCache(LogFollower log, CacheMetrics metrics, TimeProvider clock, int most)
    {
        (_log, _metrics, _clock, _half) = (log, metrics, clock, Math.Max(1, most / 2));
        log.Tell(Evict, Clear);
    }

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _young.Count + _old.Count;
            }
        }
    }

    /// <summary>The row of this id, from memory or by <paramref name="load"/>; null, which is not kept, when there is none.</summary>
    /// <param name="after">What the caller must find done (<see cref="Http.Caller.After"/>); loaded when the log was not followed so far yet.</param>
    /// <param name="load">Reads the row at home, by <c>ServiceDatabase.ReadAsync</c>.</param>
    public ValueTask<T?> GetAsync(Guid id, LogPosition? after, Func<CancellationToken, Task<T?>> load, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(load);
        if (!_log.HasSeen(after))
        {
            _metrics.Miss(1);
            return new ValueTask<T?>(load(ct));
        }

        var mine = new object();
        lock (_lock)
        {
            if (Find(id) is { } row)
            {
                _metrics.Hit(1);
                return new ValueTask<T?>(row);
            }

            // Of several loads only the first keeps what it read, and only if no eviction has struck it out meanwhile.
            _loads.TryAdd(id, mine);
        }

        _metrics.Miss(1);
        return new ValueTask<T?>(LoadAsync(id, mine, load, ct));
    }

    async Task<T?> LoadAsync(Guid id, object mine, Func<CancellationToken, Task<T?>> load, CancellationToken ct)
    {
        T? row = null;
        try
        {
            row = await load(ct);
            return row;
        }
        finally
        {
            lock (_lock)
            {
                if (_loads.TryGetValue(id, out var first) && first == mine)
                {
                    _loads.Remove(id);
                    if (row is not null)
                    {
                        Keep(id, new Kept(row, _clock.GetTimestamp()));
                    }
                }
            }
        }
    }

    T? Find(Guid id)
    {
        if (!_young.TryGetValue(id, out var kept))
        {
            if (!_old.Remove(id, out kept))
            {
                return null;
            }

            Keep(id, kept);
        }

        if (_clock.GetElapsedTime(kept.Since) < Longest)
        {
            return kept.Row;
        }

        _young.Remove(id);
        return null;
    }

    void Keep(Guid id, Kept kept)
    {
        if (_young.Count >= _half)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[id] = kept;
    }

    void Evict(Guid id)
    {
        lock (_lock)
        {
            _loads.Remove(id);
            _young.Remove(id);
            _old.Remove(id);
        }
    }

    void Clear()
    {
        lock (_lock)
        {
            _loads.Clear();
            _young.Clear();
            _old.Clear();
        }
    }

    public void Dispose() => _metrics.Dispose();

    readonly record struct Kept(T Row, long Since);
}
