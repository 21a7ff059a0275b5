using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Bench.Api;

namespace Hdms.Bench.Phases;

/// <summary>
/// People at work, each of whom raises a ticket, reads it, says something in it and looks at the board, over and over; every request is
/// written down with its moment, so that one can ask afterwards how it was while something else happened. Nobody tries anything twice.
/// </summary>
sealed class Load : IAsyncDisposable
{
    // A token lasts a quarter of an hour.
    static readonly TimeSpan SignInEvery = TimeSpan.FromMinutes(10);

    readonly House _house;
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentQueue<(long At, double Milliseconds)> _answered = new();
    readonly List<Task> _people;

    public Load(House house, IReadOnlyList<string> people)
    {
        _house = house;
        _people = [.. people.Select(code => Task.Run(() => WorkAsync(code)))];
    }

    public ConcurrentQueue<string> Failures { get; } = new();

    public int Count => _answered.Count;

    /// <summary>Of requests that were under way at some moment of this time, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public (Figures Figures, double Slowest) Between(long from, long until)
    {
        var times = _answered.Where(a => a.At < until && a.At + (long)(a.Milliseconds * Stopwatch.Frequency / 1000) > from).Select(a => a.Milliseconds).ToList();
        return (Figures.Of(times, Stopwatch.GetElapsedTime(from, until).TotalSeconds, 0), times.DefaultIfEmpty().Max());
    }

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_people);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    async Task WorkAsync(string code)
    {
        using var http = new HttpClient { BaseAddress = _house.Address };
        await SignInAsync(http, code);
        var signedIn = Stopwatch.GetTimestamp();
        var department = (await http.GetFromJsonAsync<JsonElement>("/api/v1/departments?limit=1")).GetProperty("data")[0].GetProperty("id").GetString();
        var category = (await http.GetFromJsonAsync<JsonElement>("/api/v1/categories?limit=1")).GetProperty("data")[0].GetProperty("name").GetString();
        while (!_stop.IsCancellationRequested)
        {
            if (Stopwatch.GetElapsedTime(signedIn) > SignInEvery)
            {
                await SignInAsync(http, code);
                signedIn = Stopwatch.GetTimestamp();
            }

            var ticket = await SendAsync(http, HttpMethod.Post, "/api/v1/tickets", new { title = "At work while services move", description = "Of the load.", priority = "low", category, department_id = department, submit = true });
            if (ticket?.GetProperty("id").GetString() is { } id)
            {
                await SendAsync(http, HttpMethod.Get, $"/api/v1/tickets/{id}");
                await SendAsync(http, HttpMethod.Post, $"/api/v1/tickets/{id}/messages", new { message = "Any news?" });
            }

            await SendAsync(http, HttpMethod.Get, "/api/v1/board?limit=5");
            await SendAsync(http, HttpMethod.Get, "/api/v1/notifications?limit=5");
            await Task.Delay(200);
        }
    }

    async Task SignInAsync(HttpClient http, string code) =>
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await _house.SignInAsync(code, $"old-password-{code}"));

    async Task<JsonElement?> SendAsync(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        var at = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            _answered.Enqueue((at, Stopwatch.GetElapsedTime(at).TotalMilliseconds));
            if (answer.IsSuccessStatusCode)
                return JsonDocument.Parse(text).RootElement;
            Failures.Enqueue($"{method} {path}: {(int)answer.StatusCode} {text}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Failures.Enqueue($"{method} {path}: {e.Message}");
        }

        return null;
    }
}
