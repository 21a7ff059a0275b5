using System.Collections.Concurrent;
using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests;

/// <summary>Rows that an engine has brought, which knows no events, get into the log.</summary>
public sealed class BackfillTests : IAsyncLifetime
{
    readonly Given _given = new();

    UsersApi Api => _given.Api;

    ServiceDatabase Database => Api.Services.GetRequiredService<ServiceDatabase>();

    public ValueTask InitializeAsync() => _given.InitializeAsync();

    public ValueTask DisposeAsync() => _given.DisposeAsync();

    [Fact]
    public async Task After_it_each_row_is_in_the_log_with_its_whole_state_and_a_second_run_does_nothing()
    {
        await BringAsync(people: 450, departments: 30);

        (await RunAsync()).ShouldBe([30, 451, 10]);

        foreach (var table in await Api.CheckAsync())
        {
            (table.Different, table.WithoutEvents).ShouldBe((0, 0), table.Table);
            table.Compared.ShouldBe(await Api.Database.ScalarAsync<long>($"SELECT count(*) FROM {table.Table}"));
        }

        var before = await PositionAsync();
        (await RunAsync()).ShouldBe([0, 0, 0]);
        (await PositionAsync()).ShouldBe(before);
        (await Api.Database.ScalarAsync<bool>("SELECT bool_and(stream_version = 3) FROM users_events WHERE type = 'department.imported.v1'")).ShouldBeTrue();
    }

    [Fact]
    public async Task Stopped_half_way_it_goes_on_from_there()
    {
        await BringAsync(people: 300);
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(RunAsync(100, new Stopping(stop, at: 100), stop.Token));

        var first = await Api.Database.ScalarAsync<long>("SELECT count(*) FROM users_events WHERE type = 'user.imported.v1'");
        first.ShouldBeInRange(100, 200);
        (await RunAsync())[1].ShouldBe(301 - first);
        (await Api.Database.ScalarAsync<bool>("SELECT bool_and(n = 1) FROM (SELECT count(*) AS n FROM users_events WHERE type = 'user.imported.v1' GROUP BY stream_id) AS s")).ShouldBeTrue();
        (await Api.CheckAsync()).ShouldAllBe(t => t.Different == 0 && t.WithoutEvents == 0);
    }

    [Fact]
    public async Task Beside_writers_each_row_gets_its_state_once_and_no_write_is_refused()
    {
        var people = await BringAsync(people: 300, departments: 5);
        var answers = new ConcurrentBag<HttpStatusCode>();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            foreach (var person in people.Where((_, n) => n % 4 == writer))
            {
                using var answer = await _given.Admin.PatchAsync($"{Acts.Api}/users/{person}", new ChangeUserRequest { FirstName = $"Ida {writer}" });
                answers.Add(answer.StatusCode);
            }
        }));

        await Task.WhenAll([RunAsync(20), .. writers]);

        answers.Count.ShouldBe(300);
        answers.ShouldAllBe(a => a == HttpStatusCode.OK);
        (await Api.Database.QueryAsync<string>(
            "SELECT DISTINCT string_agg(type || ' ' || stream_version, ', ' ORDER BY stream_version) FROM users_events WHERE stream_id = ANY(@people) GROUP BY stream_id", new { people }))
            .ShouldBe(["user.imported.v1 4, user.changed.v1 5"]);
        (await Api.CheckAsync()).ShouldAllBe(t => t.Different == 0 && t.WithoutEvents == 0);
    }

    [Fact]
    public async Task A_row_that_came_back_newer_than_its_log_is_appended_again()
    {
        var person = (await _given.Admin.RegisterAsync()).Id;
        await Api.Database.ExecuteAsync("UPDATE users SET first_name = 'Changed elsewhere', version = version + 3 WHERE id = @person", new { person });
        var users = (await Api.CheckAsync()).Single(t => t.Table == "users");
        (users.Different, users.FirstWithoutEvents.Contains(person.ToString())).ShouldBe((0, true));

        await RunAsync();

        (await _given.EventsAsync(person)).ShouldBe(["user.registered.v1", "user.imported.v1"]);
        (await Api.CheckAsync()).ShouldAllBe(t => t.Different == 0 && t.WithoutEvents == 0);
    }

    /// <summary>Straight into the tables, as an engine does it.</summary>
    async Task<Guid[]> BringAsync(int people, int departments = 0)
    {
        await Api.Database.ExecuteAsync(
            """
            INSERT INTO departments (id, name, code, created_at, updated_at, version)
            SELECT gen_random_uuid(), 'Brought ' || n, 'B-' || n, date_trunc('second', now()), date_trunc('second', now()), 3 FROM generate_series(1, @departments) AS n;
            INSERT INTO users (id, employee_code, cnic, first_name, last_name, date_joined, created_at, updated_at, version)
            SELECT gen_random_uuid(), 'BROUGHT-' || n, 'C-' || n, 'Ada', 'Number ' || n, date_trunc('second', now()), date_trunc('second', now()), date_trunc('second', now()), 4
            FROM generate_series(1, @people) AS n;
            INSERT INTO team_members (department_id, user_id, added_at)
            SELECT d.id, u.id, date_trunc('second', now()) FROM departments AS d CROSS JOIN (SELECT id FROM users WHERE version = 4 ORDER BY id LIMIT 3) AS u;
            INSERT INTO access_requests (id, user_id, status, note, created_at, updated_at, version)
            SELECT gen_random_uuid(), id, 'approved', 'Please', date_trunc('second', now()), date_trunc('second', now()), 2 FROM users WHERE version = 4 ORDER BY id LIMIT 10;
            """,
            new { people, departments });
        return [.. await Api.Database.QueryAsync<Guid>("SELECT id FROM users WHERE version = 4")];
    }

    async Task<IReadOnlyList<long>> RunAsync(int atOnce = 100, IProgress<BackfillProgress>? progress = null, CancellationToken ct = default)
    {
        var appended = new List<long>();
        foreach (var table in UsersService.Definition.State)
            appended.Add((await Backfill.RunAsync(Database, table, progress, ct, atOnce)).Appended);
        return appended;
    }

    Task<long> PositionAsync() => Api.Database.ScalarAsync<long>("SELECT max(position) FROM users_events");

    sealed class Stopping(CancellationTokenSource stop, long at) : IProgress<BackfillProgress>
    {
        public void Report(BackfillProgress value)
        {
            if (value.Table == "users" && value.Appended >= at)
                stop.Cancel();
        }
    }
}
