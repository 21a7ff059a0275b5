using Spectre.Console;

namespace Hdms.Bench.Api;

/// <summary>
/// The tickets service over HTTP, 16 clients, beside pgbench running the same SQL on the same cluster in the same run, among a million
/// tickets.
/// </summary>
static class TicketsBench
{
    /// <param name="Code">Who asks; the same person is in the SQL.</param>
    /// <param name="Half">Whether it is measured at half the load, too.</param>
    sealed record Scenario(string Name, string Code, string Lua, string Sql, bool Half = false);

    static readonly Scenario[] Scenarios =
    [
        new("create and submit", TicketsFill.RequesterCode, "create-ticket.lua", "create-ticket.sql", Half: true),
        new("progress", TicketsFill.HeadCode, "progress-ticket.lua", "progress-ticket.sql"),
        new("read ticket", TicketsFill.ModeratorCode, "read-ticket.lua", "read-ticket.sql"),
        new("list, moderator", TicketsFill.ModeratorCode, "list-tickets.lua", "list-tickets.sql", Half: true),
        new("list, moderator, by status", TicketsFill.ModeratorCode, "list-tickets-status.lua", "list-tickets-status.sql", Half: true),
        new("list, requester", TicketsFill.OtherRequesterCode, "list-tickets.lua", "list-tickets-requester.sql", Half: true),
        new("list, head", TicketsFill.HeadCode, "list-tickets.lua", "list-tickets-head.sql", Half: true),
    ];

    /// <returns>Whether no request failed.</returns>
    public static async Task<bool> RunAsync(ApiBenchOptions options)
    {
        await using var house = new House(options.Keep);
        AnsiConsole.MarkupLine($"[grey]starting on {(Directory.Exists(house.Data) ? "the data that was kept" : "a new data directory")}[/]");
        await house.StartAsync();
        await house.FillAsync(ApiBench.People);
        var (inProgress, any) = await TicketsFill.FillAsync(house, options.Tickets);
        AnsiConsole.Profile.Width = 160;
        var table = new Table().Border(TableBorder.Minimal).Title($"tickets service, {options.Tickets:N0} tickets, {ApiBench.Clients} clients, {options.Seconds} s each")
            .AddColumns("", "per second", "p50 ms", "p95 ms", "p99 ms", "pgbench/s", "p50 ms", "p95 ms", "p99 ms", "ratio", "p99 ms at half load", "pgbench at that");
        var failed = 0L;
        foreach (var s in Scenarios.Where(s => s.Name.Contains(options.Only ?? "", StringComparison.Ordinal)))
        {
            AnsiConsole.MarkupLine($"[grey]{s.Name}[/]");
            var environment = new Dictionary<string, string>
            {
                ["TICKETS"] = string.Join(',', s.Lua.StartsWith("progress", StringComparison.Ordinal) ? inProgress : any),
            };
            var token = await house.SignInAsync(s.Code);
            await Wrk.RunAsync(house, s.Lua, ApiBench.Clients, ApiBench.WarmUpSeconds, environment, token);
            await house.SettleAsync();
            var ours = await Wrk.RunAsync(house, s.Lua, ApiBench.Clients, options.Seconds, environment, token);
            await house.SettleAsync();
            var peer = await PgBench.RunAsync(house, s.Sql, ApiBench.Clients, options.Seconds);
            await house.SettleAsync();
            var half = s.Half ? await Wrk.RunAsync(house, s.Lua, ApiBench.Clients, options.Seconds, environment, token, ours.PerSecond / 2) : null;
            await house.SettleAsync();
            var halfPeer = half is null ? null : await PgBench.RunAsync(house, s.Sql, ApiBench.Clients, options.Seconds, half.PerSecond);
            failed += ours.Failed + (half?.Failed ?? 0);
            table.AddRow(
                s.Name, $"{ours.PerSecond:N0}", $"{ours.P50:N1}", $"{ours.P95:N1}", $"{ours.P99:N1}",
                $"{peer.PerSecond:N0}", $"{peer.P50:N1}", $"{peer.P95:N1}", $"{peer.P99:N1}", $"{ours.PerSecond / peer.PerSecond:N2}",
                half is null ? "" : $"{half.P99:N1} ({half.PerSecond:N0}/s)", halfPeer is null ? "" : $"{halfPeer.P99:N1}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"half load: the same clients, each pausing before each request, so that they send half of what was measured; whole process: {house.Megabytes():N0} MB");
        Console.WriteLine($"failed requests: {failed}");
        return failed == 0;
    }
}
