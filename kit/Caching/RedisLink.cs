using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Hdms.Kit.Caching;

/// <summary>
/// The way to Redis: passes it by as soon as something is wrong with it, and comes back to it by itself, by beginning a new
/// epoch of the keyspace. <see cref="RedisStore"/> says what that is for.
/// </summary>
sealed partial class RedisLink : IAsyncDisposable
{
    /// <summary>How long anything waits for Redis.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>For how long Redis is left alone after it failed.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    const int SlowCallsInARow = 3;

    readonly ConfigurationOptions _options;
    readonly RedisKey _epochKey;
    readonly TimeSpan _patience;
    readonly CacheMetrics _metrics;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly CancellationTokenSource _ended = new();
    readonly Lock _lock = new();
    readonly Task _begun;
    ConnectionMultiplexer? _redis;
    bool _usable;
    bool _recovering = true;
    TaskCompletionSource? _beginning;
    long _faults;
    int _slow;

    public RedisLink(ConfigurationOptions options, RedisKey epochKey, TimeSpan patience, CacheMetrics metrics, TimeProvider clock, ILogger log)
    {
        _options = options;
        _epochKey = epochKey;
        _patience = patience;
        _metrics = metrics;
        _clock = clock;
        _log = log;
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

    /// <summary>Sends something, and waits for the answer for as long as anything may.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask) => ask(_redis!.GetDatabase()).WaitAsync(_patience, _clock);

    /// <summary>An answer came in time.</summary>
    public void Answered() => _slow = 0;

    /// <summary>False: the keys need not be removed, since an epoch that has not begun yet leaves them behind.</summary>
    public async ValueTask<bool> MayRemoveAsync()
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

    /// <summary>Passes Redis by from now on when it is gone, or a removal may not have reached it, or it was slow for some calls in a row.</summary>
    public void Failed(Exception e, bool removing)
    {
        _metrics.Fault();
        if (e is not TimeoutException || removing || Interlocked.Increment(ref _slow) >= SlowCallsInARow)
        {
            Leave(e is TimeoutException ? "it is too slow" : e.Message);
        }
    }

    /// <summary>Passes Redis by from now on.</summary>
    public void Leave(string reason)
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
            await AskAsync(redis => redis.StringSetAsync(_epochKey, Guid.NewGuid().ToByteArray()));
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

    [LoggerMessage(200, LogLevel.Warning, "Redis is passed by: {Reason}. Everything works, with more to load")]
    static partial void PassedBy(ILogger logger, string reason);

    [LoggerMessage(201, LogLevel.Information, "Redis is used; the cache begins empty")]
    static partial void Used(ILogger logger);
}
