using PgSplit.Planning;
using Spectre.Console;

namespace PgSplit.Cli;

/// <summary>Findings of plan and doctor, for people.</summary>
internal static class Findings
{
    public static void Print(IReadOnlyList<Finding> findings, IAnsiConsole console)
    {
        foreach (var finding in findings)
        {
            var (word, colour) = finding.Severity switch
            {
                Severity.Blocker => ("BLOCKER", "red"),
                Severity.Warning => ("warning", "yellow"),
                _ => ("note", "grey"),
            };
            var whose = finding.Service is { } service ? $"{service}: " : "";
            console.MarkupLineInterpolated($"[{colour}]{word,-8}[/]{whose}{finding.Object}: {finding.Why} [grey]({finding.Code})[/]");
            if (finding.Remedy is not null)
                console.MarkupLineInterpolated($"        → {finding.Remedy}");
        }
    }
}
