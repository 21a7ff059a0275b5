using System.Diagnostics;

namespace PgSplit.Pg;

/// <summary>
/// A named point at which a test may kill the program, make it fail, or hold it (PROTOCOL section 2, item 3).
/// Off unless PGSPLIT_FAILPOINT names it: <c>switch.source-closed=kill</c>, <c>=error</c>, or <c>=wait:FILE</c> (makes FILE, and goes on when it is gone).
/// </summary>
static class Failpoint
{
    static readonly Dictionary<string, string> Set = (Environment.GetEnvironmentVariable("PGSPLIT_FAILPOINT") ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f.Length > 1 ? f[1] : "kill", StringComparer.Ordinal);

    /// <summary>For tests in this process, called with every point passed.</summary>
    public static AsyncLocal<Func<string, Task>?> Observer { get; } = new();

    public static async ValueTask HitAsync(string name)
    {
        if (Observer.Value is { } observe)
            await observe(name);
        if (Set.Count == 0 || !Set.TryGetValue(name, out var action))
            return;
        switch (action)
        {
            case "kill":
                // SIGKILL: no finally, no flush, as when the machine takes the process away.
                Process.GetCurrentProcess().Kill();
                await Task.Delay(Timeout.Infinite);
                break;
            case "error":
                throw new IOException($"failpoint {name}");
            case var wait when wait.StartsWith("wait:", StringComparison.Ordinal):
                var file = wait["wait:".Length..];
                // Once only: the point may be passed again when things have been put right.
                Set.Remove(name);
                await File.WriteAllTextAsync(file, name);
                while (File.Exists(file))
                    await Task.Delay(10);
                break;
        }
    }
}
