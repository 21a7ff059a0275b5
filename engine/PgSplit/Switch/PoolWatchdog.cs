using System.Diagnostics;
using PgSplit.Control;

namespace PgSplit.Switch;

/// <summary>
/// Sends RESUME to a paused pool when this process is gone, however it went (PROTOCOL 1.13): its clients must not wait for ever because
/// nobody is left to say so. A shell of its own waits for the end of its standard input, which the system closes with this process.
/// </summary>
sealed class PoolWatchdog : IDisposable
{
    readonly Process _shell;

    public PoolWatchdog(Hook hook)
    {
        var (words, environment) = PgBouncer.Psql(hook.PgBouncer!, $"RESUME {PgBouncer.DatabaseOf(hook)}");
        // Ctrl-C reaches it, too, and must not end it before us.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' INT TERM HUP; cat >/dev/null; exec \"$@\" >/dev/null 2>&1", "sh", .. words]) { RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _shell = Process.Start(start) ?? throw new IOException("/bin/sh can't be started");
    }

    /// <summary>The pool was told to go on: there is nothing to watch for.</summary>
    public void StandDown()
    {
        _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }

    /// <summary>Without <see cref="StandDown"/>: the pool is resumed.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.Dispose();
    }
}
