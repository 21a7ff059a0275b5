using System.Diagnostics;

namespace Hdms.Cli.Cluster;

/// <summary>Runs another program to its end and keeps what it said.</summary>
internal static class Tool
{
    public static Task<ToolResult> RunAsync(IReadOnlyList<string> command, CancellationToken ct) => RunAsync(StartInfo(command), ct);

    public static async Task<ToolResult> RunAsync(ProcessStartInfo start, CancellationToken ct)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        using var process = Process.Start(start) ?? throw new OneLineError($"{start.FileName} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            // Otherwise it would go on working on files that the caller is about to remove.
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>As above, but anything but exit code 0 is an error with the last line the program said.</summary>
    public static async Task<string> MustRunAsync(IReadOnlyList<string> command, string purpose, CancellationToken ct)
    {
        var result = await RunAsync(command, ct);
        return result.ExitCode == 0
            ? result.Output
            : throw new OneLineError($"{purpose} failed: {result.LastLine}");
    }

    /// <summary>A start from a neutral place: no inherited PG* variables, English messages, a working directory everybody may enter.</summary>
    public static ProcessStartInfo StartInfo(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}

internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public string LastLine =>
        (Error + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last]
            ? last
            : $"exit code {ExitCode}";
}
