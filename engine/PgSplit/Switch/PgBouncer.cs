using System.Diagnostics;
using System.Text.RegularExpressions;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>
/// Holds a pool's clients during a switch and points them to the new place: then not even a program that knows nothing of PS001 sees an
/// error. Through <c>psql</c>, since PgBouncer's admin console speaks the simple query protocol only.
/// </summary>
static class PgBouncer
{
    public static async Task TellAsync(Hook hook, HookMoment moment, PgAddress address, CancellationToken ct)
    {
        var database = DatabaseOf(hook);
        switch (moment)
        {
            case HookMoment.BeforeFence:
                // Waits for open transactions to end; the hook's time-out bounds that.
                await AdminAsync(hook.PgBouncer!, $"PAUSE {database}", ct);
                break;
            case HookMoment.AfterOpen:
                if (hook.PgBouncerConfig is { } file)
                    await PointAsync(file, hook.PgBouncerDatabase!, address, ct);
                await AdminAsync(hook.PgBouncer!, "RELOAD", ct);
                await ResumeAsync(hook, database, ct);
                break;
            case HookMoment.Aborted:
                await ResumeAsync(hook, database, ct);
                break;
        }
    }

    public static string DatabaseOf(Hook hook) => Sql.Name(hook.PgBouncerDatabase!);

    // A pool that is not paused says so, which is what was wanted.
    static async Task ResumeAsync(Hook hook, string database, CancellationToken ct)
    {
        try
        {
            await AdminAsync(hook.PgBouncer!, $"RESUME {database}", ct);
        }
        catch (IOException e) when (e.Message.Contains("not paused", StringComparison.OrdinalIgnoreCase))
        {
        }
    }

    // The line "name = host=… port=… dbname=…" of [databases]; what else is on it stays.
    static async Task PointAsync(string file, string database, PgAddress address, CancellationToken ct)
    {
        var lines = await File.ReadAllLinesAsync(file, ct);
        var at = Array.FindIndex(lines, l => l.Split('=', 2)[0].Trim() == database && l.Contains("dbname", StringComparison.Ordinal));
        if (at < 0)
            throw new IOException($"{file} has no line for the database {database}");
        var line = lines[at];
        foreach (var (parameter, value) in new[] { ("host", address.Host), ("port", $"{address.Port}"), ("dbname", address.Database) })
        {
            var pattern = new Regex($@"(?<=[\s=]){parameter}=\S+", RegexOptions.None, TimeSpan.FromSeconds(1));
            line = pattern.IsMatch(line) ? pattern.Replace(line, $"{parameter}={value}", 1) : $"{line} {parameter}={value}";
        }

        lines[at] = line;
        // Atomically: a PgBouncer that reloads meanwhile reads one or the other.
        await File.WriteAllLinesAsync(file + ".new", lines, ct);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>The program that sends a command to the console. Its password is in the environment, where no list of processes shows it.</summary>
    public static (string[] Words, Dictionary<string, string> Environment) Psql(PgAddress console, string command) => (
        ["psql", "-X", "-q", "-w", "-h", console.Host, "-p", $"{console.Port}", "-U", console.User ?? "pgbouncer", "-d", console.Database, "-c", command],
        console.Password is { } password ? new() { ["PGPASSWORD"] = password } : []);

    static async Task AdminAsync(PgAddress console, string command, CancellationToken ct)
    {
        var (words, environment) = Psql(console, command);
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new IOException("psql can't be started");
        var said = process.StandardError.ReadToEndAsync(ct);
        _ = process.StandardOutput.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0)
            throw new IOException($"{command}: {(await said).Trim()}");
    }
}
