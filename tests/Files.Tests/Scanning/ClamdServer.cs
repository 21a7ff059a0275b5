using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hdms.Files.Tests.Scanning;

/// <summary>A real clamd on a port of its own, with a database that knows one thing: the EICAR test file.</summary>
public sealed class ClamdServer : IAsyncDisposable
{
    const string Program = "/usr/sbin/clamd";

    readonly TestDirectory _directory = TestDirectory.Create();
    Process? _process;

    /// <summary>What every scanner finds and nothing else minds (eicar.org), put together so that it is not found here.</summary>
    public static readonly string Eicar = @"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*";

    public static bool IsInstalled => File.Exists(Program);

    public int Port { get; } = FilesApi.FreePort();

    /// <summary>As the setting <c>files_clamd</c> takes it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The same by a unix socket.</summary>
    public string Socket => Path.Combine(_directory.Path, "clamd.sock");

    public static async Task<ClamdServer> StartAsync()
    {
        var server = new ClamdServer();
        await server.RestartAsync();
        return server;
    }

    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Returns when it answers.</summary>
    public async Task RestartAsync()
    {
        var database = Directory.CreateDirectory(Path.Combine(_directory.Path, "db")).FullName;
        await File.WriteAllTextAsync(Path.Combine(database, "eicar.ndb"), $"Eicar-Test:0:*:{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Eicar))}\n");
        var settings = Path.Combine(_directory.Path, "clamd.conf");
        await File.WriteAllTextAsync(
            settings,
            $"""
             DatabaseDirectory {database}
             TCPSocket {Port}
             TCPAddr 127.0.0.1
             LocalSocket {Socket}
             FixStaleSocket yes
             Foreground yes
             StreamMaxLength 20M
             User {Environment.UserName}
             LogFile {Path.Combine(_directory.Path, "clamd.log")}

             """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-c", settings]) { WorkingDirectory = _directory.Path, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.ShouldAsync(AnswersAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"clamd ended with exit code {_process.ExitCode}; see {_directory.Path}/clamd.log.");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port);
            await using var stream = client.GetStream();
            await stream.WriteAsync("zPING\0"u8.ToArray());
            var answer = new byte[4];
            await stream.ReadExactlyAsync(answer);
            return answer.AsSpan().SequenceEqual("PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
