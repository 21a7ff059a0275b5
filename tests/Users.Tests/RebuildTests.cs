using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Kit.Rebuild;
using Npgsql;
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

        var types = await given.Api.Database.QueryAsync<string>("SELECT DISTINCT type FROM users_events WHERE stream_version IS NOT NULL");
        types.Count.ShouldBeGreaterThan(15, "the walk goes everywhere");
        var tables = await given.Api.CheckAsync();
        tables.Select(t => t.Table).ShouldBe(["departments", "team_members", "users", "access_requests"]);
        foreach (var table in tables)
        {
            table.First.ShouldBeEmpty();
            var rows = await given.Api.Database.ScalarAsync<long>($"SELECT count(*) FROM {table.Table}");
            (table.Compared + table.WithoutEvents).ShouldBe(rows, table.Table);
            table.Compared.ShouldBeGreaterThan(0);
        }
    }
}

/// <summary>Rows that somebody has changed by hand are found, and put right.</summary>
public sealed class RepairTests : IAsyncLifetime
{
    readonly Given _given = new();

    UsersApi Api => _given.Api;

    public ValueTask InitializeAsync() => _given.InitializeAsync();

    public ValueTask DisposeAsync() => _given.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_difference_is_found_by_key_and_column_and_put_right()
    {
        var (first, second) = (await _given.Admin.RegisterAsync(), await _given.Admin.RegisterAsync());
        var department = await _given.Admin.OpenDepartmentAsync();
        (await _given.Admin.SendAsync(HttpMethod.Put, $"{Acts.Api}/departments/{department.Id}/team-members/{first.Id}")).EnsureSuccessStatusCode();
        var brought = Guid.CreateVersion7();
        var good = await EverythingAsync();

        // Two who have each other's code, a department that is gone while people belong to it, a team with one too many.
        await Api.Database.ExecuteAsync(
            """
            UPDATE users SET employee_code = 'aside', updated_at = now() WHERE id = @first;
            UPDATE users SET employee_code = @firstCode WHERE id = @second;
            UPDATE users SET employee_code = @secondCode WHERE id = @first;
            DELETE FROM team_members WHERE department_id = @department;
            INSERT INTO access_requests (id, user_id, created_at, updated_at, version) VALUES (@brought, @second, now(), now(), 1);
            DELETE FROM departments WHERE id = @department;
            """,
            new { first = first.Id, second = second.Id, brought, firstCode = first.EmployeeCode, secondCode = second.EmployeeCode, department = department.Id });

        var found = (await Api.CheckAsync(values: true)).ToDictionary(t => t.Table);
        found["users"].First.Select(d => (d.Key, d.Kind, string.Join(' ', d.Columns))).ShouldBe(
            [($"{first.Id}", Difference.Changed, "employee_code updated_at"), ($"{second.Id}", Difference.Changed, "employee_code")], ignoreOrder: true);
        var swapped = found["users"].First.Single(d => d.Key == $"{second.Id}");
        (swapped.Table!["employee_code"]!.GetValue<string>(), swapped.Log!["employee_code"]!.GetValue<string>()).ShouldBe((first.EmployeeCode!, second.EmployeeCode!));
        Only("departments").ShouldBe(($"{department.Id}", Difference.Missing));
        Only("team_members").ShouldBe(($"{department.Id}/{first.Id}", Difference.Missing));
        (await Api.CheckAsync()).SelectMany(t => t.First).ShouldAllBe(d => d.Log == null && d.Table == null);
        found["access_requests"].FirstWithoutEvents.ShouldBe([$"{brought}"]);

        await using var owner = new NpgsqlConnection(Api.Database.ConnectionStringOf(Contracts.Services.Users.OwnerRole));
        await owner.OpenAsync(TestContext.Current.CancellationToken);
        var done = await StateRepair.RunAsync(owner, "users", Api.Check, [.. found.Values], TestContext.Current.CancellationToken);

        done.Sum(t => t.Different).ShouldBe(4);
        (await Api.CheckAsync()).ShouldAllBe(t => t.Different == 0);
        (await EverythingAsync()).ShouldBe(good);
        (await Api.Database.ScalarAsync<long>("SELECT count(*) FROM access_requests WHERE id = @brought", new { brought })).ShouldBe(1, "what has no events is left alone");

        (string, Difference) Only(string table) => found[table].First.Select(d => (d.Key, d.Kind)).Single();
    }

    [Fact]
    public async Task A_row_too_many_of_a_known_thing_is_taken_out()
    {
        var person = await _given.Admin.RegisterAsync();
        var department = await _given.Admin.OpenDepartmentAsync();
        await Api.Database.ExecuteAsync("INSERT INTO team_members VALUES (@department, @person, now())", new { department = department.Id, person = person.Id });

        var found = await Api.CheckAsync();
        found.Single(t => t.Different > 0).First.Single().Kind.ShouldBe(Difference.Extra);
        await using var owner = new NpgsqlConnection(Api.Database.ConnectionStringOf(Contracts.Services.Users.OwnerRole));
        await owner.OpenAsync(TestContext.Current.CancellationToken);
        await StateRepair.RunAsync(owner, "users", Api.Check, found, TestContext.Current.CancellationToken);

        (await Api.Database.ScalarAsync<long>("SELECT count(*) FROM team_members")).ShouldBe(0);
    }

    /// <summary>The rows, and what keeps them in order.</summary>
    async Task<IReadOnlyList<string>> EverythingAsync() => await Api.Database.QueryAsync<string>(
        """
        SELECT u::text FROM users AS u UNION ALL SELECT d::text FROM departments AS d UNION ALL SELECT m::text FROM team_members AS m
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conname || condeferrable || condeferred || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        ORDER BY 1
        """);
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
