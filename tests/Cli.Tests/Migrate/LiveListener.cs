using System.Collections.Concurrent;
using System.Text.Json;
using Hdms.Testing;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>Somebody whose page is open: reads the live stream and never opens it again.</summary>
internal sealed class LiveListener : IAsyncDisposable
{
    readonly CancellationTokenSource _closing = new();
    readonly ConcurrentQueue<string> _messages = new();
    Task _reading = Task.CompletedTask;
    volatile string _last = "nothing";

    public static async Task<LiveListener> OpenAsync(HttpClient http, CancellationToken ct)
    {
        var listener = new LiveListener();
        var answer = await http.GetAsync("/api/v1/live", HttpCompletionOption.ResponseHeadersRead, ct);
        answer.EnsureSuccessStatusCode();
        listener._reading = Task.Run(() => listener.ReadAsync(answer), ct);
        return listener;
    }

    /// <summary>All of these have come, each once, and the stream is still open.</summary>
    public async Task HasOnceAsync(IReadOnlyCollection<string> said)
    {
        await Eventually.ShouldAsync(() => Task.FromResult(_reading.IsCompleted || !said.Except(_messages).Any()));
        _messages.GroupBy(m => m).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty();
        _reading.IsCompleted.ShouldBeFalse($"the stream was cut: {_reading.Exception?.InnerException?.ToString() ?? "it ended"}; last came {_last}");
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    async Task ReadAsync(HttpResponseMessage answer)
    {
        using var open = answer;
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(_closing.Token));
        string? type = null;
        while (await lines.ReadLineAsync(_closing.Token) is { } line)
        {
            if (line.Length > 0)
                _last = $"{DateTime.Now:HH:mm:ss} {line}";
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                type = line["event: ".Length..];
            if (type == "message.posted" && line.StartsWith("data: ", StringComparison.Ordinal))
                _messages.Enqueue(JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("data").GetProperty("message").GetString()!);
        }
    }
}
