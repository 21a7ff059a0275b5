using System.CommandLine;
using PgSplit.Planning;
using Spectre.Console;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit plan</c>: what moves, what stands in its way and what to do about it. Changes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("plan", "Look whether a map can be carried out: sizes, time, and every blocker with its remedy. Changes nothing.");
        Help.Show(command, "pgsplit plan map.yaml", "pgsplit plan map.yaml tickets", "pgsplit plan map.yaml --json | jq '.findings[] | select(.severity == \"blocker\")'");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var report = await Plan.RunAsync(SharedOptions.Map(parsed), parsed.GetValue(SharedOptions.Service), ct);
        if (parsed.GetValue(SharedOptions.Json))
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { Blocked = report.IsBlocked, report.Findings, report.Services }));
        else
            Print(report, terminal.Styled);
        return (int)(report.IsBlocked ? ExitCode.Refused : ExitCode.Done);
    }

    static void Print(PlanReport report, IAnsiConsole console)
    {
        foreach (var service in report.Services)
        {
            console.MarkupLineInterpolated($"[bold]{service.Name}[/]  {service.Source} → {service.Target}");
            var width = service.Tables.Select(t => t.Name.ToString().Length).DefaultIfEmpty().Max();
            foreach (var table in service.Tables)
            {
                var rows = table.Rows is { } known ? Human.Count(known) : "?";
                console.MarkupLineInterpolated($"  {table.Name.ToString().PadRight(width)}  {rows,14} rows  {Human.Size(table.Bytes),9}  {Human.Size(table.IndexBytes),9} of indexes");
            }

            console.MarkupLineInterpolated($"  about {Human.Duration(service.Estimate.Duration)} ({service.Estimate.Basis})");
            console.WriteLine();
        }

        Findings.Print(report.Findings, console);
        var blockers = report.Findings.Count(f => f.Severity == Severity.Blocker);
        var warnings = report.Findings.Count(f => f.Severity == Severity.Warning);
        console.MarkupLineInterpolated($"{(blockers == 0 ? "Nothing stands in the way" : $"{blockers} {(blockers == 1 ? "blocker" : "blockers")}")}; {warnings} {(warnings == 1 ? "warning" : "warnings")}, {report.Findings.Count - blockers - warnings} notes.");
    }
}
