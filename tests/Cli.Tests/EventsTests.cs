using System.Text.Json;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Tests;

/// <summary><c>hdms events rebuild</c> and <c>backfill</c>, as an operator uses them beside a running HDMS.</summary>
public sealed class EventsTests : IAsyncLifetime
{
    readonly RunningHdms _hdms = new();

    public ValueTask InitializeAsync() => _hdms.InitializeAsync();

    public ValueTask DisposeAsync() => _hdms.DisposeAsync();

    [Fact]
    public async Task A_row_changed_by_hand_is_found_without_its_values_and_put_right_when_that_is_wanted()
    {
        var id = await _hdms.SqlAsync("UPDATE users SET first_name = 'Mallory' WHERE employee_code = 'IT-002' RETURNING id");

        var found = await _hdms.RunAsync("events", "rebuild", "users", "--check");
        found.ExitCode.ShouldBe(ExitCode.Failed);
        found.Output.ShouldContain($"{id}  first_name");
        found.Output.ShouldNotContain("Mallory");
        found.Output.ShouldContain("users: departments: 7 rows compared, none differs");
        var json = JsonDocument.Parse((await _hdms.RunAsync("events", "rebuild", "users", "--check", "--json", "--show-values")).Output).RootElement;
        var row = json.EnumerateArray().Single(t => t.GetProperty("table").GetString() == "users").GetProperty("differences")[0];
        (row.GetProperty("key").GetString(), row.GetProperty("kind").GetString(), row.GetProperty("columns")[0].GetString()).ShouldBe((id, "changed", "first_name"));

        row.GetProperty("table").GetProperty("first_name").GetString().ShouldBe("Mallory");

        var unasked = await _hdms.RunAsync("events", "rebuild", "users");
        unasked.ExitCode.ShouldBe(ExitCode.WrongUsage);
        unasked.Error.Trim().Split('\n')[^1].ShouldBe("hdms: Rows would be changed, and there is nobody to ask. Add --yes, or --check to compare only.");
        unasked.Error.ShouldNotContain("   at ");
        var done = await _hdms.RunAsync("events", "rebuild", "users", "--yes");
        done.ExitCode.ShouldBe(ExitCode.Done, done.Error);
        done.Output.ShouldContain("users: rows put right: 1");
        (await _hdms.SqlAsync($"SELECT first_name <> 'Mallory' FROM users WHERE id = '{id}'")).ShouldBe("True");
        (await _hdms.RunAsync("events", "rebuild", "--check")).ExitCode.ShouldBe(ExitCode.Done);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_backfill_that_is_killed_goes_on_where_it_was()
    {
        await _hdms.SqlAsync(
            """
            INSERT INTO users (id, employee_code, first_name, last_name, date_joined, created_at, updated_at, version)
            SELECT gen_random_uuid(), 'OLD-' || n, 'Old', 'Number ' || n, '2020-01-01', '2020-01-01', '2020-01-01', 1 FROM generate_series(1, 4000) AS n
            """);
        var check = await _hdms.RunAsync("events", "rebuild", "users", "--check");
        check.ExitCode.ShouldBe(ExitCode.Done, "what has no events is no difference");
        check.Output.ShouldContain("4000 rows without events of their version");
        check.Output.ShouldContain("→ hdms events backfill users");

        await using (var killed = RealProgram.Begin(new Dictionary<string, string>(), FreePort.Find(), "events", "backfill", "users", "--data", _hdms.Data))
        {
            while (await AppendedAsync() == 0)
                await Task.Delay(5, TestContext.Current.CancellationToken);
            await killed.SignalAsync("KILL");
            await killed.ExitAsync();
        }

        var first = await AppendedAsync();
        first.ShouldBeInRange(1, 3999);
        var second = await _hdms.RunAsync("events", "backfill");
        second.ExitCode.ShouldBe(ExitCode.Done, second.Error);
        second.Output.ShouldContain($"of which {4000 - first} were appended");
        (await AppendedAsync()).ShouldBe(4000);
        var clean = await _hdms.RunAsync("events", "rebuild", "--check");
        clean.ExitCode.ShouldBe(ExitCode.Done, clean.Output);
        clean.Output.ShouldNotContain("without events");
    }

    async Task<long> AppendedAsync() => long.Parse(await _hdms.SqlAsync("SELECT count(*) FROM users_events WHERE type = 'user.imported.v1'"), null);
}
