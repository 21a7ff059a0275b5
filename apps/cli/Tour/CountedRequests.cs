using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Hdms.Cli.Tour;

/// <summary>Requests that are counted and timed, by many at once; one that is not answered by success is a failure.</summary>
/// <param name="waits">Whoever is told that he is too fast (429) comes again when he may; null where that is a failure, too.</param>
internal sealed class CountedRequests(CancellationToken? waits)
{
    int _count;
    long _slowest;

    public int Count => _count;

    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <param name="make">Called for each try.</param>
    /// <returns>Null where it failed, or where nobody waits any more.</returns>
    public async Task<JsonElement?> SendAsync(HttpClient http, Func<HttpRequestMessage> make)
    {
        while (true)
        {
            using var request = make();
            var started = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await http.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode == HttpStatusCode.TooManyRequests && waits is { } until)
                {
                    await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (until.IsCancellationRequested)
                        return null;
                    continue;
                }

                Interlocked.Increment(ref _count);
                Took(Stopwatch.GetElapsedTime(started).Ticks);
                if (answer.IsSuccessStatusCode)
                    return JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement;
                Failures.Enqueue($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                Failures.Enqueue($"{request.Method} {request.RequestUri}: {e.Message}");
            }

            return null;
        }
    }

    void Took(long ticks)
    {
        for (var seen = Interlocked.Read(ref _slowest); ticks > seen; seen = Interlocked.Read(ref _slowest))
            Interlocked.CompareExchange(ref _slowest, ticks, seen);
    }
}
