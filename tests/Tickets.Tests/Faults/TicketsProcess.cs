using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hdms.Tickets.Tests.Faults;

/// <summary>The tickets service as a process of its own, on the same database, which can be killed.</summary>
sealed class TicketsProcess : IDisposable
{
    readonly Process _process;
    readonly StringBuilder _said = new();
    readonly Uri _address;

    TicketsProcess(TicketsApi api, int port)
    {
        _address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "hdms.dll"), "serve", "tickets", "--port", $"{port}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("HDMS_", StringComparison.Ordinal) && k != "HDMS_PG_BIN").ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in api.SettingsForAnother())
            start.Environment[$"HDMS_{name.ToUpperInvariant()}"] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static async Task<TicketsProcess> StartAsync(TicketsApi api)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var process = new TicketsProcess(api, port);
        await Eventually.ShouldAsync(() => process._process.HasExited ? throw new InvalidOperationException(process.Said) : Task.FromResult(process.Said.Contains("HDMS tickets is at", StringComparison.Ordinal)));
        return process;
    }

    string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>A client of this process that is who the other one is.</summary>
    public HttpClient As(HttpClient known)
    {
        var client = new HttpClient { BaseAddress = _address };
        client.DefaultRequestHeaders.Authorization = known.DefaultRequestHeaders.Authorization;
        return client;
    }

    /// <summary>At once, as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    void Keep(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }
}
