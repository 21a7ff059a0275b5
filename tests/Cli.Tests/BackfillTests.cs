using Hdms.Cli.Cluster;

namespace Hdms.Cli.Tests;

/// <summary><c>hdms events backfill</c>, on an installation of its own: it leaves people there who were never registered.</summary>
public sealed class BackfillTests(RunningHdms hdms) : IClassFixture<RunningHdms>
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task A_backfill_that_is_killed_goes_on_where_it_was()
    {
        await hdms.SqlAsync(
            """
            INSERT INTO users (id, employee_code, first_name, last_name, date_joined, created_at, updated_at, version)
            SELECT gen_random_uuid(), 'OLD-' || n, 'Old', 'Number ' || n, '2020-01-01', '2020-01-01', '2020-01-01', 1 FROM generate_series(1, 4000) AS n
            """);
        var check = await hdms.RunAsync("events", "rebuild", "users", "--check");
        check.ExitCode.ShouldBe(ExitCode.Done, "what has no events is no difference");
        check.Output.ShouldContain("4000 rows without events of their version");
        check.Output.ShouldContain("→ hdms events backfill users");

        await using (var killed = RealProgram.Begin(new Dictionary<string, string>(), FreePort.Find(), "events", "backfill", "users", "--data", hdms.Data))
        {
            while (await AppendedAsync() == 0)
                await Task.Delay(5, TestContext.Current.CancellationToken);
            await killed.SignalAsync("KILL");
            await killed.ExitAsync();
        }

        var first = await AppendedAsync();
        first.ShouldBeInRange(1, 3999);
        var second = await hdms.RunAsync("events", "backfill");
        second.ExitCode.ShouldBe(ExitCode.Done, second.Error);
        second.Output.ShouldContain($"of which {4000 - first} were appended");
        (await AppendedAsync()).ShouldBe(4000);
        var clean = await hdms.RunAsync("events", "rebuild", "--check");
        clean.ExitCode.ShouldBe(ExitCode.Done, clean.Output);
        clean.Output.ShouldNotContain("without events");
    }

    async Task<long> AppendedAsync() => long.Parse(await hdms.SqlAsync("SELECT count(*) FROM users_events WHERE type = 'user.imported.v1'"), null);
}
