using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Cli.Tour;
using Hdms.Users.Demo;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>
/// People who use every service without a pause and keep a list of what was acknowledged to them. Nobody tries anything twice: one
/// request that fails is a failure.
/// </summary>
internal sealed class PeopleAtWork : IAsyncDisposable
{
    readonly RealProgram _program;
    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _people = [];
    readonly List<HttpClient> _clients = [];
    readonly CountedRequests _requests = new(waits: null);
    readonly bool _mayFail;

    PeopleAtWork(RealProgram program, bool mayFail) => (_program, _mayFail) = (program, mayFail);

    /// <summary>By which their work is told from others'.</summary>
    public string Tag { get; } = Guid.NewGuid().ToString("N")[..8];

    public ConcurrentQueue<string> Tickets { get; } = new();

    public ConcurrentQueue<string> Messages { get; } = new();

    public ConcurrentQueue<string> Files { get; } = new();

    public ConcurrentQueue<string> Users { get; } = new();

    public ConcurrentQueue<string> Failures => _requests.Failures;

    public int Requests => _requests.Count;

    public TimeSpan Slowest => _requests.Slowest;

    /// <param name="requesters">Who raise tickets, talk and attach files, each by themselves.</param>
    /// <param name="mayFail">Something is killed meanwhile: who is refused counts on nothing of that, and begins with another ticket.</param>
    public static async Task<PeopleAtWork> BeginAsync(RealProgram program, int requesters = 3, bool mayFail = false)
    {
        var people = new PeopleAtWork(program, mayFail);
        var admin = await people.SignInAsync(RealProgram.Admin);
        var department = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/departments")).GetProperty("data").EnumerateArray()
            .Single(d => d.GetProperty("code").GetString() == "IT").GetProperty("id").GetString()!;
        var requester = await people.SignInAsync("DEV-006");
        for (var n = 0; n < requesters; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{people.Tag} {n}");
            people._people.Add(Task.Run(() => people.RaiseAsync(requester, name, department)));
        }

        people._people.Add(Task.Run(() => people.RegisterAsync(admin)));
        people._people.Add(Task.Run(() => people.LookAsync(requester)));
        return people;
    }

    /// <summary>Works on until so much more was acknowledged.</summary>
    public async Task GoesOnAsync(int tickets = 8)
    {
        var (until, watch) = (Tickets.Count + tickets, Stopwatch.StartNew());
        while (Tickets.Count < until && (Failures.IsEmpty || _mayFail) && watch.Elapsed < TimeSpan.FromMinutes(2))
            await Task.Delay(20);
        if (!_mayFail)
            Failures.ShouldBeEmpty();
        Tickets.Count.ShouldBeGreaterThanOrEqualTo(until);
    }

    /// <summary>Lets everybody finish what they are at.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_people);
        if (!_mayFail)
            Failures.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_people);
        _clients.ForEach(c => c.Dispose());
        _stop.Dispose();
    }

    public async Task<HttpClient> SignInAsync(string employeeCode)
    {
        var http = new HttpClient { BaseAddress = _program.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(1) };
        _clients.Add(http);
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = employeeCode, password = DemoOrganisation.Password });
        var token = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    async Task RaiseAsync(HttpClient http, string who, string department)
    {
        for (var n = 1; !_stop.IsCancellationRequested; n++)
        {
            if (await RaiseAsync(http, who, n, department))
                continue;
            if (!_mayFail)
                return;
            await Task.Delay(200);
        }
    }

    /// <returns>Whether everything of it was acknowledged.</returns>
    async Task<bool> RaiseAsync(HttpClient http, string who, int n, string department)
    {
        var title = $"at work {who} {n}";
        if (await PostAsync(http, "/api/v1/tickets", new { title, description = "While it moves.", priority = "medium", category = "hardware", department_id = department, submit = true }) is not { } ticket)
            return false;
        Tickets.Enqueue(title);
        var id = ticket.GetProperty("id").GetString();
        if (await PostAsync(http, $"/api/v1/tickets/{id}/messages", new { message = $"said of {title}" }) is null)
            return false;
        Messages.Enqueue($"said of {title}");
        var name = $"{who}-{n}.txt".Replace(' ', '-');
        if (await UploadAsync(http, name) is not { } file || await PostAsync(http, $"/api/v1/tickets/{id}/attachments", new { file_ids = new[] { file.GetProperty("id").GetString() } }) is null)
            return false;
        Files.Enqueue(name);
        return true;
    }

    async Task RegisterAsync(HttpClient http)
    {
        for (var n = 1; !_stop.IsCancellationRequested; n++)
        {
            var code = $"W{Guid.NewGuid().ToString("N")[..8]}".ToUpperInvariant();
            if (await PostAsync(http, "/api/v1/users", new { employee_code = code, first_name = "At", last_name = Tag }) is not null)
                Users.Enqueue(code);
            else if (!_mayFail)
                return;
            await Task.Delay(50);
        }
    }

    async Task LookAsync(HttpClient http)
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (var path in new[] { "/api/v1/tickets?limit=5", "/api/v1/board?limit=5", "/api/v1/notifications?limit=5", "/api/v1/users/me" })
            {
                if (await _requests.SendAsync(http, () => new HttpRequestMessage(HttpMethod.Get, path)) is null && !_mayFail)
                    return;
            }

            await Task.Delay(20);
        }
    }

    Task<JsonElement?> PostAsync(HttpClient http, string path, object body) =>
        _requests.SendAsync(http, () => new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", Guid.NewGuid().ToString() } } });

    Task<JsonElement?> UploadAsync(HttpClient http, string name) => _requests.SendAsync(http, () => new HttpRequestMessage(HttpMethod.Post, "/api/v1/files")
    {
        Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes($"What {name} says.")) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
        Headers = { { "X-File-Name", name } },
    });
}
