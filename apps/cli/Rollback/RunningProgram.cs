using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Rollback;

/// <summary>The program that has the data directory: whoever rolls back has to have it for himself.</summary>
internal static class RunningProgram
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks it to stop, as Ctrl-C does: requests finish, then PostgreSQL stops.</summary>
    /// <exception cref="OneLineError">It runs and may not be asked, or does not stop.</exception>
    public static async Task StopAsync(Installation installation, bool mayAsk, IProgress<string> progress, CancellationToken ct)
    {
        if (installation.IsOnExistingServer || PrivateCluster.FindRunning(installation.Data) is null)
            return;
        var pid = Pid(installation.Data);
        if (!mayAsk || pid is not { } known)
            throw new OneLineError($"HDMS runs on {installation.Data} (process {pid?.ToString(CultureInfo.InvariantCulture) ?? "?"}). Stop it first, or let it be stopped: --stop", ExitCode.InUse);
        progress.Report($"Stopping process {known}");
        await Tool.RunAsync(["kill", "-TERM", known.ToString(CultureInfo.InvariantCulture)], ct);
        for (var watch = Stopwatch.StartNew(); PrivateCluster.FindRunning(installation.Data) is not null; await Task.Delay(200, ct))
        {
            if (watch.Elapsed > Patience)
                throw new OneLineError($"Process {known} does not stop; nothing was changed. End it, then run this again.", ExitCode.InUse);
        }
    }

    static int? Pid(string data) => File.Exists(Path.Combine(data, "pid")) && int.TryParse(File.ReadAllText(Path.Combine(data, "pid")), CultureInfo.InvariantCulture, out var pid) ? pid : null;
}
