using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Hdms.Cli.Tour;

/// <summary>
/// People who signed in with their old passwords: they raise tickets, talk in them and read the board one thing after another, and keep a list of
/// what was acknowledged to them. Nobody tries anything twice but where he is told that he is too fast.
/// </summary>
internal sealed class TourPeople : IAsyncDisposable
{
    /// <summary>A word of its own, by which their tickets are found.</summary>
    readonly string _word = $"tour{Guid.NewGuid().ToString("N")[..10]}";

    readonly TourHouse _house;
    readonly CancellationTokenSource _stop = new();
    readonly List<HttpClient> _clients = [];
    readonly List<Task> _people = [];
    readonly ConcurrentQueue<(string Id, string Title)> _raised = new();
    readonly ConcurrentQueue<(string Ticket, string Text)> _said = new();

    public TourPeople(TourHouse house) => (_house, Requests) = (house, new CountedRequests(_stop.Token));

    public CountedRequests Requests { get; }

    public int Raised => _raised.Count;

    public int Said => _said.Count;

    /// <summary>From now on they work.</summary>
    public async Task BeginAsync(IReadOnlyList<(string Code, string Password)> who, CancellationToken ct)
    {
        await CaughtUpAsync(who[0], ct);
        // As on any morning: all at once.
        var signedIn = await Task.WhenAll(who.Select(w => SignInAsync(w.Code, w.Password, ct)));
        _people.AddRange(signedIn.Select((http, n) => Task.Run(() => WorkAsync(http, n), CancellationToken.None)));
    }

    public async Task<HttpClient> SignInAsync(string code, string password, CancellationToken ct)
    {
        var http = new HttpClient { BaseAddress = _house.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(1) };
        lock (_clients)
            _clients.Add(http);
        using var answer = await PatientAsync(() => http.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = code, password }, ct), ct);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new OneLineError($"{code} can't sign in with the old password: {await answer.Content.ReadAsStringAsync(ct)}");
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>Lets everybody finish what they are at.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_people);
    }

    /// <summary>What was acknowledged and is not there, or is there more than once; as whoever sees all tickets finds it.</summary>
    public async Task<int> LostAsync(HttpClient moderator, CancellationToken ct)
    {
        var there = (await TicketsAsync(moderator, ct)).ToLookup(t => t);
        var lost = _raised.Count(r => there[r].Count() != 1) + there.Select(t => t.Key).Except(_raised).Count();
        foreach (var of in _said.GroupBy(s => s.Ticket, s => s.Text))
        {
            var heard = await ReadAsync(moderator, $"/api/v1/tickets/{of.Key}/messages?limit=100", ct) is { } page
                ? page.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("message").GetString()!).ToList()
                : [];
            lost += of.Count(text => heard.Count(t => t == text) != 1);
        }

        return lost;
    }

    /// <summary>All that have the word, a page at a time.</summary>
    async Task<List<(string Id, string Title)>> TicketsAsync(HttpClient moderator, CancellationToken ct)
    {
        const int Limit = 100;
        List<(string Id, string Title)> found = [];
        while (true)
        {
            var page = (await ReadAsync(moderator, $"/api/v1/tickets?q={_word}&limit={Limit}&page={found.Count / Limit + 1}&count=none", ct))!.Value.GetProperty("data");
            found.AddRange(page.EnumerateArray().Select(t => (t.GetProperty("id").GetString()!, t.GetProperty("title").GetString()!)));
            if (page.GetArrayLength() < Limit)
                return found;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _clients.ForEach(c => c.Dispose());
        _stop.Dispose();
    }

    /// <returns>Null where it is not there.</returns>
    /// <exception cref="OneLineError">Anything else was answered, but that one is too fast.</exception>
    public static async Task<JsonElement?> ReadAsync(HttpClient http, string path, CancellationToken ct)
    {
        using var answer = await PatientAsync(() => http.GetAsync(path, ct), ct);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => await answer.Content.ReadFromJsonAsync<JsonElement>(ct),
            HttpStatusCode.NotFound => null,
            _ => throw new OneLineError($"GET {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}"),
        };
    }

    /// <summary>Whoever is told that he is too fast comes again when he may.</summary>
    static async Task<HttpResponseMessage> PatientAsync(Func<Task<HttpResponseMessage>> send, CancellationToken ct)
    {
        while (true)
        {
            var answer = await send();
            if (answer.StatusCode != HttpStatusCode.TooManyRequests)
                return answer;
            var wait = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            answer.Dispose();
            await Task.Delay(wait, ct);
        }
    }

    async Task WorkAsync(HttpClient http, int n)
    {
        if (await GetAsync(http, "/api/v1/departments?limit=100") is not { } departments || await GetAsync(http, "/api/v1/categories?limit=100") is not { } categories)
            return;
        var department = departments.GetProperty("data")[0].GetProperty("id").GetString();
        var category = categories.GetProperty("data")[0].GetProperty("name").GetString();
        for (var i = 1; !_stop.IsCancellationRequested; i++)
        {
            var title = string.Create(CultureInfo.InvariantCulture, $"{_word} {n} {i}");
            if (await PostAsync(http, "/api/v1/tickets", new { title, description = "Raised while services move.", priority = "low", category, department_id = department, submit = true }) is not { } ticket)
                return;
            var id = ticket.GetProperty("id").GetString()!;
            _raised.Enqueue((id, title));
            var text = $"{title}: any news?";
            if (await PostAsync(http, $"/api/v1/tickets/{id}/messages", new { message = text }) is null)
                return;
            _said.Enqueue((id, text));
            foreach (var path in new[] { "/api/v1/board?limit=5", "/api/v1/notifications?limit=5" })
            {
                if (await GetAsync(http, path) is null)
                    return;
            }

            // People read, too; and two processors have the servers, the services and the moves to run besides.
            await Task.Delay(TimeSpan.FromSeconds(2));
        }
    }

    /// <summary>Services hear of what was imported from one another's logs. Until then a new ticket has no chat, which is answered by 503 and "try again".</summary>
    async Task CaughtUpAsync((string Code, string Password) who, CancellationToken ct)
    {
        var http = await SignInAsync(who.Code, who.Password, ct);
        var department = (await ReadAsync(http, "/api/v1/departments?limit=100", ct))!.Value.GetProperty("data")[0].GetProperty("id").GetString();
        var category = (await ReadAsync(http, "/api/v1/categories?limit=100", ct))!.Value.GetProperty("data")[0].GetProperty("name").GetString();
        using var raised = await http.PostAsJsonAsync("/api/v1/tickets", new { title = "Is everybody there?", description = "The first one.", priority = "low", category, department_id = department, submit = true }, ct);
        var id = (await raised.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("id").GetString();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var said = await http.PostAsJsonAsync($"/api/v1/tickets/{id}/messages", new { message = "I am." }, ct);
            if (said.IsSuccessStatusCode)
                break;
            if (said.StatusCode != HttpStatusCode.ServiceUnavailable || Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(3))
                throw new OneLineError($"Nobody can talk in a new ticket: {await said.Content.ReadAsStringAsync(ct)}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  Each service has heard of what was imported ({Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s)"));
    }

    Task<JsonElement?> GetAsync(HttpClient http, string path) => Requests.SendAsync(http, () => new HttpRequestMessage(HttpMethod.Get, path));

    Task<JsonElement?> PostAsync(HttpClient http, string path, object body)
    {
        var key = Guid.NewGuid().ToString();
        return Requests.SendAsync(http, () => new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } });
    }
}
