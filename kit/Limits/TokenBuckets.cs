using System.Collections.Concurrent;

namespace Hdms.Kit.Limits;

/// <summary>
/// A token bucket for each user: it holds a minute's worth and fills evenly. Full ones are forgotten. The framework's own
/// limiter does not tell how many tokens are left and when more come, which every answer has to (API.md, rate limits).
/// </summary>
sealed class TokenBuckets : IDisposable
{
    readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    readonly TimeProvider _clock;
    readonly ITimer _forget;

    public TokenBuckets(int perMinute, TimeProvider clock)
    {
        PerMinute = perMinute;
        _clock = clock;
        _forget = clock.CreateTimer(_ => Forget(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    public int PerMinute { get; }

    /// <returns>Whether a token was there, how many are left, and when the next one comes.</returns>
    public (bool Allowed, int Left, TimeSpan Reset) Take(string whose)
    {
        var bucket = _buckets.GetOrAdd(whose, _ => new Bucket { Tokens = PerMinute, At = _clock.GetTimestamp() });
        lock (bucket)
        {
            var now = _clock.GetTimestamp();
            bucket.Tokens = Math.Min(PerMinute, bucket.Tokens + (_clock.GetElapsedTime(bucket.At, now).TotalMinutes * PerMinute));
            bucket.At = now;
            var allowed = bucket.Tokens >= 1;
            bucket.Tokens -= allowed ? 1 : 0;
            var missing = Math.Max(0, 1 - bucket.Tokens);
            return (allowed, (int)bucket.Tokens, TimeSpan.FromMinutes(missing / PerMinute));
        }
    }

    void Forget()
    {
        foreach (var (whose, bucket) in _buckets)
        {
            lock (bucket)
            {
                if (_clock.GetElapsedTime(bucket.At) > TimeSpan.FromMinutes(1))
                {
                    _buckets.TryRemove(whose, out _);
                }
            }
        }
    }

    public void Dispose() => _forget.Dispose();

    sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
