using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Hdms.Testing;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>The chapters of docs/pgsplit.md that walk through a move, done word for word.</summary>
public sealed partial class WalkThroughTests
{
    [Theory]
    [InlineData("Walk-through", "shop", "shop_orders")]
    [InlineData("A worked example: a lending library", "library", "lending")]
    public async Task A_walk_through_of_the_documentation_does_what_it_says(string chapter, string source, string target)
    {
        await using var pair = await DatabasePair.CreateAsync();
        var folder = Directory.CreateTempSubdirectory("pgsplit-walk-").FullName;
        try
        {
            var steps = Steps(chapter, await File.ReadAllTextAsync(Path.Combine(CliWorld.Root, "docs", "pgsplit.md")));
            steps.Count.ShouldBeGreaterThanOrEqualTo(5);
            var script = new StringBuilder();
            foreach (var step in steps)
                script.Append(AddressOf(target, pair.Target, AddressOf(source, pair.Source, step.Commands))).Append("\nprintf '\\n::%s\\n' $?\n");
            // Whatever was sent to the background ends with the walk.
            script.Append("jobs -p | xargs -r kill; wait\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "walk.sh"), script.ToString());
            await File.WriteAllTextAsync(Path.Combine(folder, "pgsplit"), $"#!/bin/sh\nexec dotnet '{CliWorld.Program}' \"$@\"\n");
            File.CreateSymbolicLink(Path.Combine(folder, "samples"), Path.Combine(CliWorld.Root, "samples"));
            File.SetUnixFileMode(Path.Combine(folder, "pgsplit"), (UnixFileMode)0b111_101_101);

            var (results, unfinished) = await RunAsync(folder);

            foreach (var (step, (code, output)) in steps.Zip(results))
            {
                code.ShouldBe(step.ExitCode, $"{step.Commands}\n{output}");
                foreach (var line in step.Promised)
                    output.ShouldMatch($"(?m)^{Regex.Escape(line).Replace("…", ".*", StringComparison.Ordinal)}$", $"{step.Commands}\n{output}");
            }

            results.Count.ShouldBe(steps.Count, $"not all steps came to their end; the last said:\n{unfinished}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string AddressOf(string name, PgServer database, string commands) =>
        Regex.Replace(commands, $@"postgres://mover@localhost/{name}\b", CliWorld.Url(database.Address), RegexOptions.None, TimeSpan.FromSeconds(1));

    // Into a file: what came so far is there, too, when patience ends.
    static async Task<(List<(int Code, string Output)> Results, string Unfinished)> RunAsync(string folder)
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec bash walk.sh > walk.log 2>&1"]) { UseShellExecute = false, WorkingDirectory = folder };
        // psql of the server's own version.
        start.Environment["PATH"] = $"{(await TestCluster.SharedAsync()).Programs}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        var output = await File.ReadAllTextAsync(Path.Combine(folder, "walk.log"));
        var results = new List<(int, string)>();
        var from = 0;
        foreach (Match end in End().Matches(output))
        {
            results.Add((int.Parse(end.Groups["code"].Value, null), output[from..end.Index]));
            from = end.Index + end.Length;
        }

        return (results, output[from..]);
    }

    /// <summary>Each ```sh block of a chapter; the ```text block after it has lines that must come, … standing for anything.</summary>
    static List<Step> Steps(string name, string doc)
    {
        var chapter = doc.Split("\n## ").Single(c => c.StartsWith(name + "\n", StringComparison.Ordinal));
        var steps = new List<Step>();
        foreach (Match block in Block().Matches(chapter))
        {
            var text = block.Groups["text"].Value;
            if (block.Groups["kind"].Value == "sh")
                steps.Add(new Step(text, ExitCodeOf(text), []));
            else
                steps[^1] = steps[^1] with { Promised = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd())] };
        }

        return steps;
    }

    static int ExitCodeOf(string commands) => Code().Match(commands) is { Success: true } match ? int.Parse(match.Groups["code"].Value, null) : 0;

    [GeneratedRegex(@"^```(?<kind>sh|text)\n(?<text>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    [GeneratedRegex(@"# exit code (?<code>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"\n::(?<code>\d+)\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex End();

    sealed record Step(string Commands, int ExitCode, IReadOnlyList<string> Promised);
}
