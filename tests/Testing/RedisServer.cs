using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hdms.Cli.Cluster;

namespace Hdms.Testing;

/// <summary>A real redis-server on a port of its own, on the loopback interface, without persistence.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();
    Process? _process;

    public int Port { get; } = FreePort.Find();

    /// <summary>As the setting <c>redis</c> takes it.</summary>
    public string Address => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(CancellationToken ct = default)
    {
        var server = new RedisServer();
        await server.RestartAsync(ct);
        return server;
    }

    /// <summary>kill -9. Returns when it is dead.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it, empty, on the same port; kills it first if it runs. Returns when it answers.</summary>
    public async Task RestartAsync(CancellationToken ct = default)
    {
        await KillAsync();
        var start = new ProcessStartInfo("redis-server",
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", _directory.Path, "--logfile", "redis.log",
        ])
        { WorkingDirectory = _directory.Path };
        _process = Process.Start(start)!;
        while (!await AnswersAsync(ct))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"redis-server ended with exit code {_process.ExitCode}; see {_directory.Path}/redis.log.");
            await Task.Delay(10, ct);
        }
    }

    /// <summary>Stops it in its tracks: connections stay, nothing is answered, nothing is lost.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on after <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    async Task<bool> AnswersAsync(CancellationToken ct)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, ct);
            await using var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), ct);
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer, ct);
            return answer.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
