namespace Hdms.Kit.Caching;

/// <summary>
/// Keeps a bounded number of entries in this process. In shards, each with a count of its removals: a loader whose shard saw
/// one meanwhile keeps nothing, which now and then is one value too few and never one too old.
/// </summary>
sealed class MemoryStore(TimeProvider clock, int most = MemoryStore.Most) : ICacheStore
{
    public const int Most = 20_000;
    const int Shards = 64;

    readonly Shard[] _shards = [.. Enumerable.Range(0, Shards).Select(_ => new Shard())];
    readonly int _mostInShard = Math.Max(1, most / Shards);

    public int Count => _shards.Sum(s => s.Entries.Count);

    public ValueTask<IReadOnlyList<Kept>> ReadAsync(IReadOnlyList<string> keys) =>
        ValueTask.FromResult<IReadOnlyList<Kept>>([.. keys.Select(Read)]);

    public ValueTask WriteAsync(IReadOnlyList<ToKeep> entries)
    {
        foreach (var entry in entries)
        {
            var shard = Of(entry.Key);
            lock (shard)
            {
                if (entry.Seen.State is long removals && removals == shard.Removals)
                {
                    MakeRoom(shard, entry.Key);
                    shard.Entries[entry.Key] = (entry.Value, clock.GetUtcNow() + entry.Ttl);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(IReadOnlyCollection<string> keys)
    {
        foreach (var key in keys)
        {
            var shard = Of(key);
            lock (shard)
            {
                shard.Removals++;
                shard.Entries.Remove(key);
            }
        }

        return ValueTask.CompletedTask;
    }

    Kept Read(string key)
    {
        var shard = Of(key);
        lock (shard)
        {
            var fresh = shard.Entries.TryGetValue(key, out var entry) && entry.Until > clock.GetUtcNow();
            return new Kept(fresh ? entry.Value : null, shard.Removals);
        }
    }

    /// <summary>A full shard gives up what is over, or else what would be over first.</summary>
    void MakeRoom(Shard shard, string key)
    {
        if (shard.Entries.Count < _mostInShard || shard.Entries.ContainsKey(key))
        {
            return;
        }

        var now = clock.GetUtcNow();
        foreach (var over in shard.Entries.Where(e => e.Value.Until <= now).Select(e => e.Key).ToArray())
        {
            shard.Entries.Remove(over);
        }

        if (shard.Entries.Count >= _mostInShard)
        {
            shard.Entries.Remove(shard.Entries.MinBy(e => e.Value.Until).Key);
        }
    }

    Shard Of(string key) => _shards[(uint)string.GetHashCode(key, StringComparison.Ordinal) % Shards];

    sealed class Shard
    {
        public Dictionary<string, (byte[] Value, DateTimeOffset Until)> Entries { get; } = new(StringComparer.Ordinal);

        public long Removals { get; set; }
    }
}
