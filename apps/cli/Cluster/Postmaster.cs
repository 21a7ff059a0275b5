using System.Diagnostics;
using Npgsql;

namespace Hdms.Cli.Cluster;

/// <summary>One run of the server: from its start, through being ready, to its end.</summary>
internal sealed class Postmaster : IDisposable
{
    readonly Process _process;
    readonly string _startLog;

    Postmaster(Process process, string startLog) => (_process, _startLog) = (process, startLog);

    public int Pid => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    public static Postmaster Start(ClusterPlace place, PostgresBinaries binaries, ServerUser user, ClusterOptions options)
    {
        var startLog = Path.Combine(place.Directory, "start.log");
        // What the server says goes to a file, not to a pipe of ours: a server must not depend on our reading it.
        string[] server =
        [
            "sh", "-c", """log=$1; shift; exec "$@" </dev/null >"$log" 2>&1""", "sh", startLog,
            binaries["postgres"], "-D", place.Directory, .. ServerSettings.Arguments(place, binaries, options.Durable), .. options.Settings.SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" }),
        ];
        var process = Process.Start(Tool.StartInfo([.. OwnSession, .. user.Run(server)]))
            ?? throw new OneLineError("PostgreSQL's process did not start.", Cli.ExitCode.NoPostgres);
        return new Postmaster(process, startLog);
    }

    /// <summary>Waits until the server takes connections, for as long as it lives: recovery after a crash takes the time it takes.</summary>
    public async Task ReadyAsync(ClusterAddress address, IProgress<string>? progress, CancellationToken ct)
    {
        while (true)
        {
            if (_process.HasExited)
                throw new OneLineError($"PostgreSQL did not start: {LastWords()}", Cli.ExitCode.NoPostgres);
            try
            {
                await using var connection = new NpgsqlConnection(address.ConnectionString());
                await connection.OpenAsync(ct);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
            {
                progress?.Report("PostgreSQL is recovering");
            }
            catch (PostgresException e)
            {
                throw new OneLineError($"The private PostgreSQL refused us: {e.MessageText}", Cli.ExitCode.NoPostgres, e);
            }
            catch (NpgsqlException)
            {
                // Not listening yet.
            }

            await Task.Delay(25, ct);
        }
    }

    public Task ExitedAsync(CancellationToken ct) => _process.WaitForExitAsync(ct);

    public void Dispose() => _process.Dispose();

    // Ctrl-C in a terminal goes to every process of the group, and would stop the server under services that are still finishing.
    static string[] OwnSession => OperatingSystem.IsMacOS()
        ? ["/usr/bin/perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV"]
        : ["setsid"];

    string LastWords()
    {
        try
        {
            return File.ReadLines(_startLog).LastOrDefault(l => l.Contains("FATAL", StringComparison.Ordinal))
                ?? File.ReadLines(_startLog).LastOrDefault()
                ?? $"exit code {ExitCode}";
        }
        catch (IOException)
        {
            return $"exit code {ExitCode}";
        }
    }
}
