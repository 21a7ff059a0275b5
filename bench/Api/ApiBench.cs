using System.Diagnostics;
using Dapper;
using Npgsql;
using Spectre.Console;

namespace Hdms.Bench.Api;

/// <param name="Seconds">How long each measurement lasts.</param>
/// <param name="SnapshotMinutes">How long a snapshot stays open while users are created.</param>
/// <param name="SnapshotRest">How many seconds pass between two measurements under the snapshot.</param>
/// <param name="Tickets">Among how many tickets is looked.</param>
/// <param name="Only">Only what has this in its name is measured; null for everything.</param>
/// <param name="Keep">Where the tickets stay for the next run; null: they are made anew each time.</param>
sealed record ApiBenchOptions(int Seconds, int SnapshotMinutes, int SnapshotRest, int Tickets, string? Only, string? Keep);

/// <summary>
/// The users service over HTTP, 16 clients, beside pgbench running the same SQL on the same cluster in the same run; limits on
/// requests are lifted, tokens are verified once.
/// </summary>
static class ApiBench
{
    public const int Clients = 16;
    public const int People = 20_000;

    /// <summary>By which the appends under an open snapshot are measured alone.</summary>
    const string Snapshot = "snapshot";

    /// <summary>For so long, under load, the runtime compiles anew what it finds to be hot; PostgreSQL has nothing of the kind.</summary>
    public const int WarmUpSeconds = 15;

    /// <summary>Reading one user is measured twice, since with rows in memory it sends no SQL that pgbench could be compared with.</summary>
    static readonly (string Name, string Lua, string Sql, bool RowsInMemory)[] Scenarios =
    [
        ("sign in", "sign-in.lua", "sign-in.sql", true),
        ("read user, from memory", "read-user.lua", "read-user.sql", true),
        ("read user, row_cache=0", "read-user.lua", "read-user.sql", false),
        ("create user", "create-user.lua", "create-user.sql", true),
        ("exists, 100 ids", "exists.lua", "exists.sql", true),
    ];

    /// <returns>Whether no request failed.</returns>
    public static async Task<bool> RunAsync(ApiBenchOptions options)
    {
        await using var house = new House();
        AnsiConsole.MarkupLine("[grey]starting on a new data directory[/]");
        var first = await house.StartAsync();
        await house.FillAsync(People);
        await house.StopAsync();
        var again = await house.StartAsync();
        var idle = house.Megabytes();

        AnsiConsole.Profile.Width = 120;
        var table = new Table().Border(TableBorder.Minimal).Title($"users service, {Clients} clients, {options.Seconds} s each")
            .AddColumns("", "per second", "p50 ms", "p95 ms", "p99 ms", "pgbench/s", "p50 ms", "p95 ms", "p99 ms", "ratio");
        var failed = 0L;
        var busy = idle;
        foreach (var (name, lua, sql, rowsInMemory) in Scenarios.Where(s => s.Name.Contains(options.Only ?? "", StringComparison.Ordinal)))
        {
            AnsiConsole.MarkupLine($"[grey]{name}[/]");
            if (house.RowsInMemory != rowsInMemory)
            {
                await house.StopAsync();
                await house.StartAsync(rowsInMemory);
            }

            await Wrk.RunAsync(house, lua, Clients, WarmUpSeconds, Environment(house));
            var ours = await Wrk.RunAsync(house, lua, Clients, options.Seconds, Environment(house));
            var peer = await PgBench.RunAsync(house, sql, Clients, options.Seconds);
            failed += ours.Failed;
            busy = Math.Max(busy, house.Megabytes());
            table.AddRow(
                name, $"{ours.PerSecond:N0}", $"{ours.P50:N1}", $"{ours.P95:N1}", $"{ours.P99:N1}",
                $"{peer.PerSecond:N0}", $"{peer.P50:N1}", $"{peer.P95:N1}", $"{peer.P99:N1}", $"{ours.PerSecond / peer.PerSecond:N2}");
        }

        if (options.Only != Snapshot)
        {
            AnsiConsole.Write(table);
        }

        if (options.Only is null or Snapshot)
        {
            await SnapshotAsync(house, options);
        }

        Console.WriteLine($"start on a new data directory: {first.TotalSeconds:N1} s; on existing data, to the first answer: {again.TotalSeconds:N1} s");
        Console.WriteLine($"whole process: {idle:N0} MB after start, {busy:N0} MB after the load");
        Console.WriteLine($"failed requests: {failed}");
        return failed == 0;
    }

    /// <summary>Creates users for as long as a snapshot stays open; what a transaction leaves dead behind it would slow the later ones.</summary>
    static async Task SnapshotAsync(House house, ApiBenchOptions options)
    {
        await using var holder = new NpgsqlConnection(house.ConnectionString);
        await holder.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await holder.ExecuteScalarAsync<long>("SELECT count(*) FROM users");
        AnsiConsole.MarkupLine($"[grey]create user, while a snapshot is open for {options.SnapshotMinutes} min[/]");
        await Wrk.RunAsync(house, "create-user.lua", Clients, WarmUpSeconds, Environment(house));
        var started = Stopwatch.GetTimestamp();
        var rates = new List<double>();
        while (true)
        {
            await house.SignInAgainAsync();
            rates.Add((await Wrk.RunAsync(house, "create-user.lua", Clients, options.Seconds, Environment(house))).PerSecond);
            if (Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMinutes(options.SnapshotMinutes))
            {
                break;
            }

            await Task.Delay(TimeSpan.FromSeconds(options.SnapshotRest));
        }

        // A third at either end, since one measurement alone says little on a machine that does other things.
        var third = Math.Max(1, rates.Count / 3);
        var (first, last) = (Median(rates.Take(third)), Median(rates.TakeLast(third)));
        Console.WriteLine(
            $"create user under one open snapshot: {first:N0} a second at first, {last:N0} after {Stopwatch.GetElapsedTime(started).TotalMinutes:N1} min "
            + $"(ratio {last / first:N2}, medians of {third} measurements)");
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    static Dictionary<string, string> Environment(House house) => new()
    {
        ["PEOPLE"] = string.Join(',', house.People.Skip(1).Take(2000)),
        ["CODE"] = House.AdminCode,
        ["SECRET"] = House.Password,
    };
}
