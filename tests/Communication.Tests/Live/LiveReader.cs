using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Hdms.Communication.Tests.Live;

/// <summary>What came on a stream.</summary>
public sealed record LiveFrame(string? Id, string Type, JsonElement Data)
{
    public JsonElement Inner => Data.GetProperty("data");

    public string? Message => Inner.GetProperty("message").GetString();
}

/// <summary>Somebody who listens: reads a live stream as browsers do, and remembers the last id.</summary>
public sealed class LiveReader : IAsyncDisposable
{
    static readonly SocketsHttpHandler Connections = new() { PooledConnectionLifetime = Timeout.InfiniteTimeSpan, MaxConnectionsPerServer = 2000 };

    readonly CancellationTokenSource _closing = new();
    readonly ConcurrentQueue<LiveFrame> _frames = new();
    readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task _reading = Task.CompletedTask;
    bool _isClosed;

    /// <summary>To be sent when one comes again.</summary>
    public string? LastId { get; private set; }

    public IReadOnlyList<LiveFrame> Frames => [.. _frames];

    /// <summary>The stream has ended.</summary>
    public Task Ended => _reading;

    public HttpResponseMessage? Answer { get; private set; }

    /// <summary>Opens a stream; returns when it has told its place, so that whatever happens from then on comes.</summary>
    public static async Task<LiveReader> OpenAsync(Uri url, string token, string? last = null)
    {
        var reader = new LiveReader { LastId = last };
        reader._reading = Task.Run(() => reader.ReadAsync(url, token, last));
        await Task.WhenAny(reader._opened.Task, reader._reading);
        return reader;
    }

    /// <summary>Waits until a frame like this has come.</summary>
    public Task HasAsync(Func<LiveFrame, bool> like) => Eventually.ShouldAsync(() => Task.FromResult(_frames.Any(like)));

    public IReadOnlyList<string?> Messages => [.. _frames.Where(f => f.Type == "message.posted").Select(f => f.Message)];

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await _closing.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Answer?.Dispose();
        _closing.Dispose();
    }

    async Task ReadAsync(Uri url, string token, string? last)
    {
        using var client = new HttpClient(Connections, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/api/v1/live"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        try
        {
            Answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _closing.Token);
            if (!Answer.IsSuccessStatusCode)
                return;
            using var lines = new StreamReader(await Answer.Content.ReadAsStreamAsync(_closing.Token));
            string? id = null, type = null, data = null;
            while (await lines.ReadLineAsync(_closing.Token) is { } line)
            {
                if (line.Length == 0)
                {
                    LastId = id ?? LastId;
                    if (data is not null)
                        _frames.Enqueue(new LiveFrame(id, type!, JsonDocument.Parse(data).RootElement));
                    if (id is not null && data is null)
                        _opened.TrySetResult();
                    (id, type, data) = (null, null, null);
                }
                else if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    id = line[4..];
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    type = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    data = line[6..];
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The server went away, or nobody listens any more.
        }
    }
}
