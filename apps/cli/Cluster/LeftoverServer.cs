using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Cluster;

/// <summary>
/// What an earlier run left behind when it was killed: a server that still runs, or the remains of one that was killed too.
/// Called under the cluster's lock, so nobody else may be using them.
/// </summary>
internal static class LeftoverServer
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task ClearAsync(string directory, PostgresBinaries binaries, ServerUser user, ILogger log, CancellationToken ct)
    {
        if (ServerProcesses.Postmaster(directory) is { } pid)
        {
            ClusterLog.LeftoverStopped(log, pid);
            await StopAsync(directory, binaries, user, ct);
        }

        await WaitForOrphansAsync(directory, ct);

        // Only now: while a process of that server lives, the file keeps a second one away from its files.
        if (ServerProcesses.HasPidFile(directory) && OperatingSystem.IsLinux())
            File.Delete(ServerProcesses.PidFile(directory));
    }

    /// <summary>Ends the server that has this directory, sessions or not; without a checkpoint if it will not end with one.</summary>
    public static async Task StopAsync(string directory, PostgresBinaries binaries, ServerUser user, CancellationToken ct)
    {
        var stopped = await Tool.RunAsync(user.Run(binaries["pg_ctl"], "stop", "-D", directory, "-m", "fast", "-w", "-t", "120"), ct);
        if (stopped.ExitCode != 0 && ServerProcesses.Postmaster(directory) is not null)
            await Tool.MustRunAsync(user.Run(binaries["pg_ctl"], "stop", "-D", directory, "-m", "immediate", "-w"), "Stopping PostgreSQL", ct);
    }

    /// <summary>Until no process of it is left: backends end by themselves when their postmaster is gone, but a busy one notices late.</summary>
    public static async Task WaitForOrphansAsync(string directory, CancellationToken ct)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (ServerProcesses.In(directory) is { Count: > 0 } orphans)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                orphans.ToList().ForEach(ServerProcesses.Kill);
            await Task.Delay(20, ct);
        }
    }
}
