using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace Hdms.Bench.Live;

/// <summary>So many open streams, and how long after it was written each message came.</summary>
sealed class Listeners(Uri address, Func<int, AuthenticationHeaderValue?> authorization, Func<int, string> path) : IAsyncDisposable
{
    /// <summary>Stands around the time at which a message was written.</summary>
    public const string Mark = "@@";

    /// <summary>What HDMS sends with a message beside its text, for who sends the text alone.</summary>
    public static readonly string Padding = new('x', 420);

    readonly CancellationTokenSource _closing = new();
    readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 10_000 }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    readonly List<Task> _reading = [];
    ConcurrentQueue<double> _latencies = new();

    public Uri Address { get; } = address;

    public async Task OpenAsync(int streams)
    {
        var opened = new List<Task>();
        for (var n = 0; n < streams; n++)
        {
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            opened.Add(first.Task);
            _reading.Add(ReadAsync(n, first));
        }

        await Task.WhenAll(opened);
    }

    public void Forget() => _latencies = new ConcurrentQueue<double>();

    public List<double> Latencies() => [.. _latencies];

    /// <summary>Until nothing more comes.</summary>
    public async Task SettleAsync()
    {
        for (var seen = -1; seen != _latencies.Count;)
        {
            seen = _latencies.Count;
            await Task.Delay(1000);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAll(_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _closing.Dispose();
    }

    async Task ReadAsync(int stream, TaskCompletionSource first)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path(stream));
        request.Headers.Authorization = authorization(stream);
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _closing.Token);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(_closing.Token));
        while (await lines.ReadLineAsync(_closing.Token) is { } line)
        {
            first.TrySetResult();

            // Who posts is told of read marks and notifications besides; only messages are counted.
            if (line.StartsWith("data: ", StringComparison.Ordinal) && !line.Contains("\"dedup", StringComparison.Ordinal) && !line.Contains("message_received", StringComparison.Ordinal)
                && line.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at)
            {
                var begin = at + Mark.Length;
                var text = line.AsSpan(begin, line.IndexOf(Mark, begin, StringComparison.Ordinal) - begin);
                _latencies.Enqueue(Stopwatch.GetElapsedTime(long.Parse(text, CultureInfo.InvariantCulture)).TotalMilliseconds);
            }
        }
    }
}
