using System.CommandLine;
using System.Globalization;
using Hdms.Contracts;
using PgSplit;

namespace Hdms.Cli.Migrate;

/// <summary><c>hdms migrate plan</c>: what moves, and what stands in the way. Changes nothing.</summary>
internal static class PlanMove
{
    public static Command Create() => MigrateCommand.Verb(
        "plan", "Look what would move, how large it is, and what stands in the way. Changes nothing.", RunAsync,
        "./hdms migrate plan tickets", "./hdms migrate plan all --json");

    /// <summary>
    /// What plan says, but for the database, which is made on the way, and for statements that seem to name tables of both sides: a
    /// service's role has no right to another's tables, so what it finds are columns of the same name.
    /// </summary>
    public static async Task<MovePlan> ReadAsync(ServiceMove move, CancellationToken ct)
    {
        var plan = await move.PlanAsync(ct);
        return plan with { Findings = [.. plan.Findings.Where(f => f.Code is not ("target-missing" or "statement-crosses"))] };
    }

    static async Task<object?> RunAsync(MigrateCall call, Service service, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(call.Server, service, ct);
        if (found.Move is not { } move)
        {
            call.Tell($"{service.Name}: at home in {found.Home.Database}, its own database; nothing to move");
            return new { Service = service.Name, Source = found.Home.ToString(), Target = found.Home.ToString(), Blocked = false };
        }

        call.Slow.Report($"Looking at {service.Name}");
        var plan = await ReadAsync(move, ct);
        var blockers = plan.Findings.Count(f => f.Severity == "blocker");
        if (blockers > 0)
            call.ExitCode = ExitCode.Failed;
        if (!call.AsJson)
            Print(service, move, plan, blockers);
        return new { Service = service.Name, move.Sides.Source, move.Sides.Target, Blocked = blockers > 0, plan.Findings, plan.Tables, plan.Seconds };
    }

    static void Print(Service service, ServiceMove move, MovePlan plan, int blockers)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{service.Name}: {plan.Tables.Count} tables, {MigrateWords.Size(plan.Tables.Sum(t => t.Bytes + t.IndexBytes))}, from {move.Sides.Source[(move.Sides.Source.LastIndexOf('/') + 1)..]} to {service.OwnDatabase}, about {MigrateWords.Of(TimeSpan.FromSeconds(plan.Seconds))}"));
        foreach (var finding in plan.Findings.Where(f => f.Severity != "note"))
            Console.WriteLine($"  {finding.Severity}: {finding.On}: {MigrateWords.Of(finding.Why, service.Name)} ({finding.Code}){(finding.Remedy is null ? "" : $" → {MigrateWords.Of(finding.Remedy, service.Name)}")}");
        Console.WriteLine(blockers == 0 ? $"  nothing stands in the way: hdms migrate start {service.Name}" : $"  {blockers} in the way");
    }
}
