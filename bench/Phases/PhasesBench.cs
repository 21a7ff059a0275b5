using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Hdms.Bench.Api;
using Npgsql;
using Spectre.Console;

namespace Hdms.Bench.Phases;

/// <param name="Percent">Of the old help desk's full size, which has 100,000 tickets.</param>
/// <param name="People">At work while services move.</param>
/// <param name="Seconds">How long is measured before the first move, and after each switch.</param>
sealed record PhasesOptions(int Percent, int People, int Seconds);

/// <summary>
/// The whole way of an installation: the old help desk is imported, then each service moves to a database of its own while people work.
/// The peer of each move is the same installation just before it.
/// </summary>
static class PhasesBench
{
    const int SlowestAim = 1000;

    /// <returns>Whether no request failed.</returns>
    public static async Task<bool> RunAsync(PhasesOptions options)
    {
        await using var house = new House();
        await ImportAsync(house, options);
        await house.StartAsync();
        AnsiConsole.MarkupLine("[grey]services hear of what was imported[/]");
        var hearing = Stopwatch.GetTimestamp();
        await house.SettleAsync();
        AnsiConsole.WriteLine($"Services have heard of it {Stopwatch.GetElapsedTime(hearing).TotalSeconds:N0} s after their start");
        await using var load = new Load(house, await PeopleAsync(house, options.People));

        // Until everybody has signed in, by what the old system had of passwords, and code is compiled.
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        var from = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        var (before, slowest) = load.Between(from, Stopwatch.GetTimestamp());

        // One for all: it is the moves that are measured.
        var backup = Path.GetFileName((await HdmsAsync(house, "backup")).Trim().Split('\n')[^1]);
        var table = new Table().Title($"Requests of {options.People} people at work, p50/p99/max in ms").AddColumns("service", "rows", "copied in", "writers waited", "during the copy", "around the switch", "after it");
        table.AddRow("before", "", "", "", "", "", Text(before, slowest));
        var worst = 0.0;
        var started = Stopwatch.GetTimestamp();
        foreach (var service in new[] { "users", "tickets", "communication", "files", "views" })
        {
            var (row, switched) = await MoveAsync(house, load, service, backup, options);
            table.AddRow([service, .. row]);
            worst = Math.Max(worst, switched);
        }

        var took = Stopwatch.GetElapsedTime(started) - TimeSpan.FromSeconds(5 * options.Seconds);
        await load.EndAsync();
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"All five moved in {took.TotalSeconds:N0} s; {load.Count:N0} requests, {load.Failures.Count} failed; the slowest around a switch {worst:N0} ms (aim: {SlowestAim})");
        foreach (var failure in load.Failures.Take(5))
            AnsiConsole.WriteLine($"failed: {failure}");
        return load.Failures.IsEmpty;
    }

    static async Task ImportAsync(House house, PhasesOptions options)
    {
        AnsiConsole.MarkupLine("[grey]the old help desk[/]");
        await HdmsAsync(house, "demo", "monolith", "--scale", (options.Percent / 100.0).ToString(CultureInfo.InvariantCulture));
        AnsiConsole.MarkupLine("[grey]import[/]");
        var started = Stopwatch.GetTimestamp();
        var told = await HdmsAsync(house, "import", "--from", "database:monolith", "--no-backup");
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var lines = told.Split('\n');
        foreach (var line in lines.Where(l => l.EndsWith(" s)", StringComparison.Ordinal)))
            AnsiConsole.WriteLine($"  {line}");
        var rows = long.Parse(lines.First(l => l.Contains("rows accounted for", StringComparison.Ordinal)).Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        AnsiConsole.WriteLine($"Imported {rows:N0} rows in {seconds:N0} s, {rows / seconds:N0} a second");
    }

    static async Task<(string[] Row, double Slowest)> MoveAsync(House house, Load load, string service, string backup, PhasesOptions options)
    {
        AnsiConsole.MarkupLine($"[grey]{service}[/]");
        var begun = Stopwatch.GetTimestamp();
        await HdmsAsync(house, "migrate", "start", service, "--backup", backup);
        var copied = Stopwatch.GetTimestamp();
        var rows = Move(await HdmsAsync(house, "migrate", "verify", service, "--json")).GetProperty("rows").GetInt64();
        var switching = Stopwatch.GetTimestamp();
        var pause = Move(await HdmsAsync(house, "migrate", "switch", service, "--json")).GetProperty("pause_seconds").GetDouble();
        var switched = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        var (during, duringMax) = load.Between(begun, copied);
        var (around, aroundMax) = load.Between(switching, switched);
        var (after, afterMax) = load.Between(switched, Stopwatch.GetTimestamp());
        return ([$"{rows:N0}", $"{Stopwatch.GetElapsedTime(begun, copied).TotalSeconds:N1} s", $"{pause * 1000:N0} ms", Text(during, duringMax), Text(around, aroundMax), Text(after, afterMax)], aroundMax);
    }

    /// <summary>Who may raise tickets and has a password that was taken over.</summary>
    static async Task<List<string>> PeopleAsync(House house, int count)
    {
        await using var connection = new NpgsqlConnection(house.ConnectionString);
        return [.. await connection.QueryAsync<string>(
            """
            SELECT u.employee_code FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id
            WHERE u.role = 'requester' AND u.helpdesk_authorized AND u.is_active AND c.password_hash LIKE 'pbkdf2%' ORDER BY u.employee_code LIMIT @count
            """,
            new { count })];
    }

    static Task<string> HdmsAsync(House house, params string[] arguments) => Tool.RunAsync("dotnet", [House.Program, .. arguments, "--data", house.Data]);

    static JsonElement Move(string json) => JsonDocument.Parse(json).RootElement.GetProperty("moves")[0];

    static string Text(Figures figures, double slowest) => $"{figures.P50:N0}/{figures.P99:N0}/{slowest:N0}";
}
