using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Cluster;

internal static partial class ClusterLog
{
    [LoggerMessage(1, LogLevel.Information, "PostgreSQL {Major} runs as process {Pid} on port {Port}")]
    public static partial void Started(ILogger log, int major, int pid, int port);

    [LoggerMessage(2, LogLevel.Warning, "PostgreSQL process {Pid} of an earlier run is still there; stopping it")]
    public static partial void LeftoverStopped(ILogger log, int pid);

    [LoggerMessage(3, LogLevel.Error, "PostgreSQL ended with exit code {ExitCode}; starting it again")]
    public static partial void Died(ILogger log, int exitCode);

    [LoggerMessage(4, LogLevel.Error, "PostgreSQL did not start again: {Reason}; next try in {Seconds} s")]
    public static partial void RestartFailed(ILogger log, string reason, double seconds);

    [LoggerMessage(5, LogLevel.Warning, "Port {OldPort} is taken by another program; PostgreSQL moves to port {NewPort}")]
    public static partial void PortChanged(ILogger log, int oldPort, int newPort);

    [LoggerMessage(6, LogLevel.Information, "PostgreSQL stopped")]
    public static partial void Stopped(ILogger log);
}
