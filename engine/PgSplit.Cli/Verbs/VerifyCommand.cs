using System.CommandLine;
using PgSplit.Pg;
using PgSplit.Switch;
using PgSplit.Verify;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit verify</c>: every row of both sides, while both are in use.</summary>
internal static class VerifyCommand
{
    const int Most = 20;

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("verify", "Compare every row of both sides while both are in use. Ends with 4 where rows differ.");
        Help.Show(command, "pgsplit verify map.yaml tickets", "pgsplit verify map.yaml tickets --json | jq '.differences[].key'");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var done = await Steering.RunAsync(parsed, terminal, "verify", ct);
        var answer = done.Answer<VerifyAnswer>();
        var move = SharedOptions.Move(parsed);
        await using var target = await new PgServer(move.Target).OpenAsync("differences", ct);
        var differences = await TouchedKeys.DifferencesAsync(target, move.Id, ct);
        if (parsed.GetValue(SharedOptions.Json))
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { Move = move.Id, answer.Rows, Equal = differences.Count == 0, Differences = differences, answer.Tables }));
        else
            Print(terminal, answer, differences);
        await Steering.RemindAsync(parsed, terminal, done);
        return (int)(differences.Count == 0 ? ExitCode.Done : ExitCode.Differences);
    }

    static void Print(Terminal terminal, VerifyAnswer answer, List<Difference> differences)
    {
        terminal.Out.WriteLine($"{Human.Count(answer.Rows)} rows of {answer.Tables.Count} tables compared: {(differences.Count == 0 ? "both sides are equal" : $"{Human.Count(differences.Count)} differ")}");
        foreach (var d in differences.Take(Most))
        {
            var columns = d.Columns.Count > 0 ? $": {string.Join(", ", d.Columns)}" : "";
            terminal.Out.WriteLine($"  {d.Table} ({string.Join(", ", d.Key.Select(k => k ?? "null"))}) {d.Kind.ToString().ToLowerInvariant()}{columns}");
        }

        if (differences.Count > Most)
            terminal.Out.WriteLine($"  and {Human.Count(differences.Count - Most)} more: --json has all");
        if (differences.Count > 0)
            terminal.Out.WriteLine("  → pgsplit repair makes them what they are on the side that has the writes");
    }
}
