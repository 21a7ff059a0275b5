using System.Diagnostics;
using System.Text;

namespace Hdms.Files.Tests.Faults;

/// <summary>The files service as a process of its own, on the same database and folder, which can be killed.</summary>
sealed class FilesProcess : IDisposable
{
    readonly Process _process;
    readonly StringBuilder _said = new();
    readonly Uri _address;

    FilesProcess(FilesApi api, int port)
    {
        _address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "hdms.dll"), "serve", "files", "--port", $"{port}"])
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

    /// <summary>Resident memory at its highest so far, in bytes.</summary>
    public long MostMemory => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture) * 1024;

    public static async Task<FilesProcess> StartAsync(FilesApi api)
    {
        var process = new FilesProcess(api, FilesApi.FreePort());
        await Eventually.ShouldAsync(() => process._process.HasExited ? throw new InvalidOperationException(process.Said) : Task.FromResult(process.Said.Contains("HDMS files is at", StringComparison.Ordinal)));
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
        var client = new HttpClient { BaseAddress = _address, Timeout = TimeSpan.FromMinutes(5) };
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
