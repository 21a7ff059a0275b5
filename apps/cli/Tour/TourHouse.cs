using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hdms.Cli.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Cli.Tour;

/// <summary>An installation of its own, used by the commands that people type: each is this program once more, and is shown.</summary>
internal sealed class TourHouse : IAsyncDisposable
{
    readonly string _directory;
    readonly bool _isKept;
    readonly StringBuilder _said = new();
    Process? _up;

    /// <param name="into">Stays afterwards; null for one that is gone.</param>
    public TourHouse(string? into)
    {
        _isKept = into is not null;
        _directory = into is null ? Directory.CreateTempSubdirectory("hdms-tour-").FullName : Directory.CreateDirectory(into).FullName;
        Port = FreePort.Find();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}"), Timeout = TimeSpan.FromMinutes(1) };
    }

    public int Port { get; }

    public HttpClient Http { get; }

    public string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>Runs a command to its end and shows its last lines.</summary>
    /// <param name="shown">Lines of its output that are shown; none with <c>--json</c>.</param>
    /// <exception cref="OneLineError">It failed.</exception>
    public async Task<string> RunAsync(int shown, CancellationToken ct, params string[] arguments)
    {
        Console.WriteLine($"$ hdms {Typed(arguments)}");
        var result = await Tool.RunAsync(Start(arguments), ct);
        if (result.ExitCode != ExitCode.Done)
            throw new OneLineError($"hdms {arguments[0]} ended with {result.ExitCode}: {(result.Error.TrimEnd() is { Length: > 0 } said ? said.Split('\n')[^1] : result.LastLine)}");
        foreach (var line in result.Output.TrimEnd().Split('\n').TakeLast(shown))
            Console.WriteLine($"  {line}");
        return result.Output;
    }

    /// <summary>The private server for as long as this is kept; else it is its first command's, and goes with that.</summary>
    public Task<DatabaseServer> KeepServerAsync(CancellationToken ct) => DatabaseServer.OpenAsync(Installation.At(PathOf("data")), make: false, NullLogger.Instance, null, ct);

    /// <summary>Begins one that goes on beside the others.</summary>
    public RunningCommand Begin(params string[] arguments)
    {
        Console.WriteLine($"$ hdms {Typed(arguments)} &");
        return new RunningCommand(Start(arguments));
    }

    /// <summary>The same for what may be refused at a bad moment and is safe to ask for again: a switch.</summary>
    public async Task<string> InsistAsync(CancellationToken ct, params string[] arguments)
    {
        for (var tries = 8; ; tries--)
        {
            try
            {
                return await RunAsync(0, ct, arguments);
            }
            catch (OneLineError e) when (tries > 1)
            {
                Console.WriteLine($"  not at this moment, nothing was changed: {e.Message}");
                await Task.Delay(TimeSpan.FromSeconds(2), ct);
            }
        }
    }

    /// <summary><c>hdms up</c>, until it has said where it is.</summary>
    public async Task UpAsync(CancellationToken ct)
    {
        Console.WriteLine("$ hdms up --empty");
        _said.Clear();
        var process = _up = new Process { StartInfo = Start("up", "--empty", "--port", Port.ToString(CultureInfo.InvariantCulture)) };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!Said().Contains("Stop:", StringComparison.Ordinal))
        {
            if (process.HasExited)
                throw new OneLineError($"hdms up ended with {process.ExitCode}: {Said()}");
            await Task.Delay(50, ct);
        }

        Console.WriteLine($"  {Said().Split('\n').First(l => l.StartsWith("HDMS is at", StringComparison.Ordinal))}");
    }

    /// <summary>For a command that has stopped it.</summary>
    public async Task EndedAsync()
    {
        if (_up is null)
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _up.WaitForExitAsync(patience.Token);
        _up.Dispose();
        _up = null;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_up is { HasExited: false } up)
        {
            await Tool.RunAsync(["kill", "-TERM", up.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
            await EndedAsync();
        }

        if (_isKept)
            Console.WriteLine($"It stays in {_directory}: hdms up --empty --data {PathOf("data")}");
        else
            Directory.Delete(_directory, recursive: true);
    }

    string Typed(string[] arguments) => string.Join(' ', arguments.Select(a => a.Contains(' ', StringComparison.Ordinal) ? $"\"{a}\"" : a)).Replace(_directory + "/", "", StringComparison.Ordinal);

    void Keep(string? line)
    {
        lock (_said)
            _said.Append(line).Append('\n');
    }

    string Said()
    {
        lock (_said)
            return _said.ToString();
    }

    ProcessStartInfo Start(params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(TourHouse).Assembly.Location] : [];
        // Options before what is another program's.
        var at = Array.IndexOf(arguments, "--");
        string[] data = ["--data", PathOf("data")];
        return new ProcessStartInfo(program, at < 0 ? [.. self, .. arguments, .. data] : [.. self, .. arguments[..at], .. data, .. arguments[at..]])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
    }
}
