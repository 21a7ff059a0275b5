using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Hdms.Cli.Cluster;

/// <summary>
/// PostgreSQL's processes on a data directory, found by their working directory, which PostgreSQL makes the data directory.
/// Needs /proc; elsewhere PostgreSQL's own lock file is all there is, and nothing is found.
/// </summary>
internal static class ServerProcesses
{
    public static IReadOnlyList<int> In(string directory) => Working(at => at == directory);

    /// <summary>Processes of whatever program whose working directory is this one or below it.</summary>
    public static IReadOnlyList<int> Below(string directory) =>
        Working(at => at == directory || at.StartsWith(directory + "/", StringComparison.Ordinal));

    /// <summary>The process that a postmaster.pid names, if it is one of this directory's and lives. A process id alone proves nothing: they are given again.</summary>
    public static int? Postmaster(string directory)
    {
        var pid = PidInFile(directory);
        if (pid is null)
            return null;
        var lives = OperatingSystem.IsLinux() ? WorkingDirectory(pid.Value) == directory : Exists(pid.Value);
        return lives ? pid : null;
    }

    public static bool HasPidFile(string directory) => File.Exists(PidFile(directory));

    public static string PidFile(string directory) => Path.Combine(directory, "postmaster.pid");

    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended by itself meanwhile.
        }
    }

    static int? PidInFile(string directory)
    {
        try
        {
            return ParsePid(File.ReadLines(PidFile(directory)).FirstOrDefault());
        }
        catch (IOException)
        {
            return null;
        }
    }

    static List<int> Working(Func<string, bool> there) => OperatingSystem.IsLinux()
        ? [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Select(ParsePid).OfType<int>()
            .Where(pid => WorkingDirectory(pid) is { } at && there(at))]
        : [];

    // A dead process that nobody has waited for (a container without an init) has no working directory any more.
    static string? WorkingDirectory(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static bool Exists(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static int? ParsePid(string? text) =>
        int.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
}
