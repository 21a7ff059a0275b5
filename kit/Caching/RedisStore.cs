using System.Security.Cryptography;
using Hdms.Kit.Hosting;
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
sealed partial class RedisStore : ICacheStore, IAsyncDisposable
{
    /// <summary>How long anything waits for Redis.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>For how long Redis is left alone after it failed.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>How long a removal is remembered. What took longer to load is not kept.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromMinutes(2);

    const int SlowCallsInARow = 3;
    const int EpochSize = 16;

    const string WriteScript =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] or (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 0 end
        redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
        return 1
        """;

    readonly ConfigurationOptions _options;
    readonly CacheMetrics _metrics;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly TimeSpan _patience;
    readonly string _prefix;
    readonly CancellationTokenSource _ended = new();
    readonly Lock _lock = new();
    readonly Task _begun;
    ConnectionMultiplexer? _redis;
    bool _usable;
    bool _recovering;
    TaskCompletionSource? _beginning;
    long _faults;
    int _slow;

    public RedisStore(string service, string address, CacheMetrics metrics, TimeProvider clock, ILogger<RedisStore> log, TimeSpan? patience = null)
    {
        _options = Options(address, service);
        _metrics = metrics;
        _clock = clock;
        _log = log;
        _patience = patience ?? UsualPatience;

        // Braces keep a service's keys in one slot of a Redis cluster, where the epoch must be, too.
        _prefix = $"{{hdms:{service}}}:";
        _recovering = true;
        _begun = RecoverAsync(TimeSpan.Zero);
    }

    /// <summary>Whether Redis is used now, rather than passed by.</summary>
    public bool IsUsable
    {
        get
        {
            lock (_lock)
            {
                return _usable;
            }
        }
    }

    RedisKey EpochKey => $"{_prefix}epoch";

    RedisKey Key(string key) => $"{_prefix}v:{key}";

    /// <exception cref="SettingException">The setting <c>redis</c> can't be read.</exception>
    public static ConfigurationOptions Options(string address, string service)
    {
        try
        {
            var options = ConfigurationOptions.Parse(address);
            if (options.EndPoints.Count == 0)
            {
                throw new SettingException("redis", "names no server; write host:port, or host:port,password=….");
            }

            options.AbortOnConnectFail = false;
            options.ConnectTimeout = 1000;
            options.SyncTimeout = (int)UsualPatience.TotalMilliseconds;
            options.ReconnectRetryPolicy = new LinearRetry(500);
            options.ClientName = $"hdms-{service}";
            return options;
        }
        catch (ArgumentException e)
        {
            throw new SettingException("redis", $"can't be read ({e.Message}); write host:port, or host:port,password=….");
        }
    }

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
            var values = await Database.StringGetAsync([EpochKey, .. keys.Select(Key)]).WaitAsync(_patience, _clock);
            byte[]? epoch = values[0];
            _slow = 0;
            if (epoch is null)
            {
                // Emptied, or restarted so fast that nobody noticed.
                Leave("it has been emptied");
                return nothing;
            }

            return [.. values.Skip(1).Select(v => Understand(v, epoch, at))];
        }
        catch (Exception e)
        {
            Failed(e, removing: false);
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
            var writes = entries
                .Where(e => e.Seen.State is Seen seen && _clock.GetElapsedTime(seen.At) < Remembered / 2)
                .Select(e => WriteAsync(e, (Seen)e.Seen.State!));
            await Task.WhenAll(writes).WaitAsync(_patience, _clock);
            _slow = 0;
        }
        catch (Exception e)
        {
            Failed(e, removing: false);
        }
    }

    public async ValueTask RemoveAsync(IReadOnlyCollection<string> keys)
    {
        if (!await MayRemoveAsync())
        {
            return;
        }

        try
        {
            byte[] tombstone = [.. new byte[EpochSize], .. RandomNumberGenerator.GetBytes(8)];
            await Task.WhenAll(keys.Select(k => Database.StringSetAsync(Key(k), tombstone, Remembered))).WaitAsync(_patience, _clock);
        }
        catch (Exception e)
        {
            Failed(e, removing: true);
        }
    }

    /// <summary>False: the keys need not be removed, since an epoch that has not begun yet leaves them behind.</summary>
    async ValueTask<bool> MayRemoveAsync()
    {
        Task? beginning;
        lock (_lock)
        {
            if (_usable || _beginning is null)
            {
                return _usable;
            }

            beginning = _beginning.Task;
        }

        // The epoch may begin before this removal or after it; so the removal goes after it.
        await beginning;
        return IsUsable;
    }

    IDatabase Database => _redis!.GetDatabase();

    Task<RedisResult> WriteAsync(ToKeep entry, Seen seen) => Database.ScriptEvaluateAsync(
        WriteScript,
        [EpochKey, Key(entry.Key)],
        [seen.Epoch, seen.Raw ?? [], (byte[])[.. seen.Epoch, .. entry.Value], Math.Max(1, (long)entry.Ttl.TotalMilliseconds)],
        CommandFlags.NoScriptCache);

    static Kept Understand(byte[]? raw, byte[] epoch, long at)
    {
        var valid = raw?.Length > EpochSize && raw.AsSpan(0, EpochSize).SequenceEqual(epoch);
        return new Kept(valid ? raw![EpochSize..] : null, new Seen(epoch, raw, at));
    }

    /// <summary>Passes Redis by from now on when it is gone, or a removal may not have reached it, or it was slow for some calls in a row.</summary>
    void Failed(Exception e, bool removing)
    {
        _metrics.Fault();
        if (e is not TimeoutException || removing || Interlocked.Increment(ref _slow) >= SlowCallsInARow)
        {
            Leave(e is TimeoutException ? "it is too slow" : e.Message);
        }
    }

    void Leave(string reason)
    {
        lock (_lock)
        {
            _faults++;
            if (!_usable || _recovering)
            {
                return;
            }

            _usable = false;
            _recovering = true;
        }

        PassedBy(_log, reason);
        _ = RecoverAsync(Pause);
    }

    /// <summary>Tries every now and then, beside the requests, which never wait for it.</summary>
    async Task RecoverAsync(TimeSpan wait)
    {
        // Not on the thread of whoever met the fault, or starts the service.
        await Task.Yield();
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, _clock, _ended.Token);
                if (await BeginEpochAsync())
                {
                    Used(_log);
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                _metrics.Fault();
            }

            wait = Pause;
        }
    }

    /// <returns>False when Redis went away again meanwhile.</returns>
    async Task<bool> BeginEpochAsync()
    {
        _redis ??= await ConnectAsync();
        var beginning = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long faults;
        lock (_lock)
        {
            _beginning = beginning;
            faults = _faults;
        }

        try
        {
            await Database.StringSetAsync(EpochKey, Guid.NewGuid().ToByteArray()).WaitAsync(_patience, _clock);
            lock (_lock)
            {
                _slow = 0;
                _usable = faults == _faults;
                _recovering = !_usable;
                return _usable;
            }
        }
        finally
        {
            lock (_lock)
            {
                _beginning = null;
            }

            beginning.SetResult();
        }
    }

    async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(_options);
        redis.ConnectionFailed += (_, failed) => Leave(failed.FailureType.ToString());
        return redis;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _begun;
        if (_redis is not null)
        {
            await _redis.CloseAsync(allowCommandsToComplete: false);
            _redis.Dispose();
        }

        _ended.Dispose();
    }

    /// <param name="Raw">What was under the key: nothing, a tombstone, or a value of an epoch gone by.</param>
    sealed record Seen(byte[] Epoch, byte[]? Raw, long At);

    [LoggerMessage(200, LogLevel.Warning, "Redis is passed by: {Reason}. Everything works, with more to load")]
    static partial void PassedBy(ILogger logger, string reason);

    [LoggerMessage(201, LogLevel.Information, "Redis is used; the cache begins empty")]
    static partial void Used(ILogger logger);
}
