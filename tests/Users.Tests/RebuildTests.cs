using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Microsoft.Extensions.DependencyInjection;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests;

/// <summary>The log has the whole state: the rows made again from it are those that are there.</summary>
public sealed class RebuildTests(Given given) : IClassFixture<Given>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_any_walk_through_the_API_the_log_and_the_rows_say_the_same(int seed)
    {
        await new RandomWalk(given, seed).GoAsync(steps: 250);

        var log = await Fold.OfAsync(given.Api);

        log.Types.Count.ShouldBeGreaterThan(15, "the walk goes everywhere");
        await ShouldBeTheRowsAsync("users", log.Users);
        await ShouldBeTheRowsAsync("departments", log.Departments);
        await ShouldBeTheRowsAsync("access_requests", log.AccessRequests);
        var team = await given.Api.Database.QueryAsync<(Guid, Guid, DateTime)>(
            "SELECT t.department_id, t.user_id, t.added_at FROM team_members AS t WHERE EXISTS (SELECT FROM users_events WHERE stream_id = t.department_id AND stream_version IS NOT NULL)");
        log.Team.Select(t => (t.Key.Department, t.Key.User, t.Value.UtcDateTime)).ShouldBe(team, ignoreOrder: true);
    }

    /// <summary>Column by column; rows that came without events and were never touched are not in the log yet.</summary>
    async Task ShouldBeTheRowsAsync(string table, IReadOnlyDictionary<Guid, JsonObject> folded)
    {
        var rows = (await given.Api.Database.QueryAsync<string>(
            $"SELECT to_jsonb(t)::text FROM {table} AS t WHERE EXISTS (SELECT FROM users_events WHERE stream_id = t.id AND stream_version IS NOT NULL)"))
            .Select(r => JsonNode.Parse(r)!.AsObject()).ToDictionary(r => r["id"]!.GetValue<Guid>());
        folded.Keys.ShouldBe(rows.Keys, ignoreOrder: true);
        foreach (var (id, row) in rows)
        {
            foreach (var (column, value) in row)
                Plain(folded[id][column]).ShouldBe(Plain(value), $"{table}.{column} of {id}");
        }
    }

    static string? Plain(JsonNode? value)
    {
        var text = value?.ToString();
        return text is { Length: > 18 } && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime.ToString("O")
            : text;
    }
}

/// <summary>What the log says that the rows are.</summary>
sealed class Fold
{
    public Dictionary<Guid, JsonObject> Users { get; } = [];

    public Dictionary<Guid, JsonObject> Departments { get; } = [];

    public Dictionary<Guid, JsonObject> AccessRequests { get; } = [];

    public Dictionary<(Guid Department, Guid User), DateTimeOffset> Team { get; } = [];

    public HashSet<string> Types { get; } = [];

    public static async Task<Fold> OfAsync(UsersApi api)
    {
        var fold = new Fold();
        var reader = api.Services.GetRequiredService<EventReader>();
        for (var after = LogPosition.Start; ;)
        {
            var part = await reader.AfterAsync(after, 1000, CancellationToken.None);
            foreach (var e in part.Events)
                fold.Take(e);
            if (part.Events.Count == 0)
                return fold;
            after = part.Events[^1].Position;
        }
    }

    void Take(RecordedEvent e)
    {
        Types.Add(e.Type);
        var state = e.Data.DeepClone().AsObject();
        state["version"] = e.StreamVersion;
        switch (e.Type.Split('.'))
        {
            case ["user", ..] or ["access", "granted" or "revoked", _]:
                Users[e.StreamId] = state;
                break;
            case ["department", ..]:
                foreach (var member in state["team"]?.AsArray() ?? [])
                    Team[(e.StreamId, member!["user_id"]!.GetValue<Guid>())] = member["added_at"]!.GetValue<DateTimeOffset>();
                Departments[e.StreamId] = state;
                break;
            case ["team_member", var what, _]:
                var department = Departments[e.StreamId];
                var at = state[what == "added" ? "added_at" : "removed_at"]!;
                (department["version"], department["updated_at"]) = (e.StreamVersion, at.DeepClone());
                var key = (e.StreamId, state["user_id"]!.GetValue<Guid>());
                if (what == "added")
                    Team.Add(key, at.GetValue<DateTimeOffset>());
                else
                    Team.Remove(key).ShouldBeTrue();
                break;
            case ["access" or "access_request", ..]:
                AccessRequests[e.StreamId] = state;
                break;
        }
    }
}

/// <summary>An admin who does this and that; the same for the same seed, but for what time and ids come to.</summary>
sealed class RandomWalk(Given given, int seed)
{
    readonly Random _random = new(seed);
    readonly List<Guid> _people = [];
    readonly List<Guid> _departments = [];

    HttpClient Admin => given.Admin;

    public async Task GoAsync(int steps)
    {
        // Some came from the old system, without events.
        for (var n = 0; n < 6; n++)
            _people.Add((await given.Api.AddAsync(n < 3 ? Role.Assignee : Role.Requester, authorized: n % 2 == 0)).Id);
        _departments.Add(Guid.CreateVersion7());
        await given.Api.Database.ExecuteAsync(
            """
            INSERT INTO departments (id, name, code, created_at, updated_at, version) VALUES (@id, @id::text, upper(left(md5(@id::text), 10)), date_trunc('milliseconds', now()), date_trunc('milliseconds', now()), 3);
            INSERT INTO team_members (department_id, user_id, added_at) VALUES (@id, @user, date_trunc('milliseconds', now()));
            """,
            new { id = _departments[0], user = _people[0] });
        for (var n = 0; n < steps; n++)
        {
            using var answer = await StepAsync();
            ((int)answer.StatusCode).ShouldBeLessThan(500);
        }
    }

    async Task<HttpResponseMessage> StepAsync()
    {
        var (person, department) = (Any(_people), Any(_departments));
        switch (_random.Next(16))
        {
            case 0 or 1:
                var registered = await Admin.PostAsync($"{Api}/users", Somebody(Any(Enum.GetValues<Role>()), _random.Next(2) == 0 ? department : null));
                return await AddedAsync(registered, _people);
            case 2:
                return await AddedAsync(await Admin.PostAsync($"{Api}/departments", Some(_random.Next(2) == 0 ? person : null)), _departments);
            case 3 or 4 or 5:
                return await Admin.PatchAsync($"{Api}/users/{person}", Change(department));
            case 6:
                return await Admin.PatchAsync($"{Api}/departments/{department}", Change(person, department));
            case 7 or 8:
                return await Admin.SendAsync(HttpMethod.Post, $"{Api}/users/{person}/{Any(["deactivate", "reactivate", "restore", "reactivate", "restore", "anonymise"])}");
            case 9:
                return await Admin.DeleteAsync($"{Api}/users/{person}");
            case 10:
                return await Admin.SendAsync(HttpMethod.Post, $"{Api}/departments/{department}/{Any(["close", "reopen", "restore", "reopen"])}");
            case 11:
                return await Admin.DeleteAsync($"{Api}/departments/{department}");
            case 12 or 13:
                return await Admin.SendAsync(Any([HttpMethod.Put, HttpMethod.Put, HttpMethod.Delete]), $"{Api}/departments/{department}/team-members/{person}");
            case 14:
                return await Admin.SendAsync(Any([HttpMethod.Put, HttpMethod.Delete]), $"{Api}/users/{person}/access");
            default:
                return await AskAsync(person);
        }
    }

    async Task<HttpResponseMessage> AskAsync(Guid person)
    {
        var code = (await Admin.UserAsync(person)).EmployeeCode!;
        (await given.Api.Http.PostAsync($"{Api}/access-requests", new AskForAccessRequest(code, $"Please {_random.Next()}"))).EnsureSuccessStatusCode();
        var asked = (await Admin.ReadAsync<Paged<AccessRequestView>>($"{Api}/access-requests?status=pending&user_id={person}")).Data;
        return await Admin.PostAsync(
            $"{Api}/access-requests/{(asked.Count > 0 ? asked[0].Id : Guid.Empty)}/{Any(["approve", "deny"])}", new { reason = "because" });
    }

    ChangeUserRequest Change(Guid department) => _random.Next(6) switch
    {
        0 => new() { FirstName = $"Ida {_random.Next()}", IsApprover = _random.Next(2) == 0 },
        1 => new() { Email = _random.Next(2) == 0 ? null : $"{Guid.NewGuid():N}@example.org", Cnic = $"{_random.Next()}" },
        2 => new() { Role = Any(Enum.GetValues<Role>()) },
        3 => new() { DepartmentId = _random.Next(2) == 0 ? null : department },

        // Finer than JSON writes times.
        4 => new() { DateJoined = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.FromHours(5)).AddTicks(_random.Next(10_000_000)) },
        _ => new() { LastSmsSync = DateTimeOffset.UtcNow, PhoneNumber = null, HelpdeskAuthorized = _random.Next(2) == 0 },
    };

    ChangeDepartmentRequest Change(Guid head, Guid department) => _random.Next(3) switch
    {
        0 => new() { HeadId = _random.Next(3) == 0 ? null : head },
        1 => new() { TotalCapacity = _random.Next(100), QueueEnabled = _random.Next(2) == 0 },
        _ => new() { Name = $"Department {department} {_random.Next()}" },
    };

    T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    static async Task<HttpResponseMessage> AddedAsync(HttpResponseMessage answer, List<Guid> to)
    {
        if (answer.IsSuccessStatusCode)
            to.Add((await answer.ReadAsync<JsonObject>())["id"]!.GetValue<Guid>());
        return answer;
    }
}
