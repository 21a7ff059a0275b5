using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Hdms.Kit.Caching;

/// <summary>
/// Keeps entries in Redis, for all processes of a service. Two things keep it from giving an old value:
/// <para>
/// A removal leaves a tombstone for longer than any load takes, and a write keeps its value only if the key is still as the
/// loader saw it; Redis runs both as one step (Lua).
/// </para>
/// <para>
/// Every value carries the epoch of the keyspace, and counts only while that is the current one; the epoch is read with it,
/// in one command. Whatever was away from Redis (a start, a lost connection, a removal that was not confirmed) begins a new
/// epoch before it uses Redis again, for all processes: nobody knows what was removed meanwhile, here or, if it was Redis
/// that died and came back from its disk, there. That costs one cold cache of entries that live for a minute, and needs no
/// list of what was missed, which a process that dies would lose. A process that can't reach Redis can't tell the others,
/// so what they see of its removals until then is bounded by the time to live.
/// </para>
/// </summary>
sealed class RedisStore : ICacheStore, IAsyncDisposable
{
    /// <summary>How long a removal is remembered. What took longer to load is not kept.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromMinutes(2);

    const int EpochSize = 16;

    const string WriteScript =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] or (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 0 end
        redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
        return 1
        """;

    readonly TimeProvider _clock;
    readonly string _prefix;
    readonly RedisLink _link;

    public RedisStore(string service, string address, CacheMetrics metrics, TimeProvider clock, ILogger<RedisStore> log, TimeSpan? patience = null)
    {
        _clock = clock;

        // Braces keep a service's keys in one slot of a Redis cluster, where the epoch must be, too.
        _prefix = $"{{hdms:{service}}}:";
        _link = new RedisLink(RedisAddress.Read(address, service), EpochKey, patience ?? RedisLink.UsualPatience, metrics, clock, log);
    }

    /// <summary>Whether Redis is used now, rather than passed by.</summary>
    public bool IsUsable => _link.IsUsable;

    RedisKey EpochKey => $"{_prefix}epoch";

    RedisKey Key(string key) => $"{_prefix}v:{key}";

    public async ValueTask<IReadOnlyList<Kept>> ReadAsync(IReadOnlyList<string> keys)
    {
        var nothing = new Kept[keys.Count];
        if (!IsUsable)
        {
            return nothing;
        }

        try
        {
            var at = _clock.GetTimestamp();
            var values = await _link.AskAsync(redis => redis.StringGetAsync([EpochKey, .. keys.Select(Key)]));
            byte[]? epoch = values[0];
            _link.Answered();
            if (epoch is null)
            {
                // Emptied, or restarted so fast that nobody noticed.
                _link.Leave("it has been emptied");
                return nothing;
            }

            return [.. values.Skip(1).Select(v => Understand(v, epoch, at))];
        }
        catch (Exception e)
        {
            _link.Failed(e, removing: false);
            return nothing;
        }
    }

    public async ValueTask WriteAsync(IReadOnlyList<ToKeep> entries)
    {
        if (!IsUsable)
        {
            return;
        }

        try
        {
            var fresh = entries.Where(e => e.Seen.State is Seen seen && _clock.GetElapsedTime(seen.At) < Remembered / 2);
            await _link.AskAsync(redis => Task.WhenAll(fresh.Select(e => WriteAsync(redis, e, (Seen)e.Seen.State!))));
            _link.Answered();
        }
        catch (Exception e)
        {
            _link.Failed(e, removing: false);
        }
    }

    public async ValueTask RemoveAsync(IReadOnlyCollection<string> keys)
    {
        if (!await _link.MayRemoveAsync())
        {
            return;
        }

        try
        {
            byte[] tombstone = [.. new byte[EpochSize], .. RandomNumberGenerator.GetBytes(8)];
            await _link.AskAsync(redis => Task.WhenAll(keys.Select(k => redis.StringSetAsync(Key(k), tombstone, Remembered))));
        }
        catch (Exception e)
        {
            _link.Failed(e, removing: true);
        }
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    Task<RedisResult> WriteAsync(IDatabase redis, ToKeep entry, Seen seen) => redis.ScriptEvaluateAsync(
        WriteScript,
        [EpochKey, Key(entry.Key)],
        [seen.Epoch, seen.Raw ?? [], (byte[])[.. seen.Epoch, .. entry.Value], Math.Max(1, (long)entry.Ttl.TotalMilliseconds)],
        CommandFlags.NoScriptCache);

    static Kept Understand(byte[]? raw, byte[] epoch, long at)
    {
        var valid = raw?.Length > EpochSize && raw.AsSpan(0, EpochSize).SequenceEqual(epoch);
        return new Kept(valid ? raw![EpochSize..] : null, new Seen(epoch, raw, at));
    }

    /// <param name="Raw">What was under the key: nothing, a tombstone, or a value of an epoch gone by.</param>
    sealed record Seen(byte[] Epoch, byte[]? Raw, long At);
}
