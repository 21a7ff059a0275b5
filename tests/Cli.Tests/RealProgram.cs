using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hdms.Cli.Cluster;
using Hdms.Users.Demo;

namespace Hdms.Cli.Tests;

/// <summary>The program as people start it: a process of its own.</summary>
internal sealed class RealProgram : IAsyncDisposable
{
    public const string Admin = "IT-002";

    static readonly string Dll = Path.Combine(AppContext.BaseDirectory, "hdms.dll");

    readonly Process _process;
    readonly StringBuilder _output = new();

    RealProgram(ProcessStartInfo start, int port)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        Port = port;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    public int Port { get; }

    public int Pid => _process.Id;

    public HttpClient Http { get; }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] arguments) =>
        Tool.RunAsync(StartInfo(settings, arguments), TestContext.Current.CancellationToken);

    public static Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>Starts a command that stays, and returns at once.</summary>
    public static RealProgram Begin(IReadOnlyDictionary<string, string> settings, int port, params string[] arguments) => new(StartInfo(settings, arguments), port);

    /// <summary><c>hdms up</c>; returns when it has said where it is.</summary>
    public static Task<RealProgram> UpAsync(string data, params string[] arguments) => UpAsync(new Dictionary<string, string>(), data, arguments);

    public static async Task<RealProgram> UpAsync(IReadOnlyDictionary<string, string> settings, string data, params string[] arguments)
    {
        var port = FreePort.Find();
        var program = Begin(settings, port, ["up", "--data", data, "--port", port.ToString(CultureInfo.InvariantCulture), .. arguments]);
        await program.SaysAsync("Stop:");
        return program;
    }

    public async Task SaysAsync(string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"hdms ended with exit code {_process.ExitCode} before it said '{text}':\n{Output}");
            await Task.Delay(20, patience.Token);
        }
    }

    public async Task SignalAsync(string signal) => await Tool.MustRunAsync(["kill", $"-{signal}", $"{Pid}"], "kill", CancellationToken.None);

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop, and waits.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        if (!_process.HasExited)
            await SignalAsync(signal);
        return await ExitAsync();
    }

    public async Task SignInAsync(string employeeCode = Admin, string password = DemoOrganisation.Password)
    {
        using var answer = await Http.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = employeeCode, password });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Registers a person; whether it was acknowledged.</summary>
    public async Task<bool> RegisterAsync(string employeeCode)
    {
        try
        {
            using var answer = await Http.PostAsJsonAsync("/api/v1/users", new { employee_code = employeeCode, first_name = "Test", last_name = employeeCode });
            return answer.StatusCode == HttpStatusCode.Created;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public async Task<long> CountAsync(string path = "/api/v1/users?limit=1&count=exact") =>
        (await Http.GetFromJsonAsync<JsonElement>(path)).GetProperty("pagination").GetProperty("total").GetInt64();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
    }

    static ProcessStartInfo StartInfo(IReadOnlyDictionary<string, string> settings, string[] arguments)
    {
        var start = Tool.StartInfo(["dotnet", Dll, .. arguments]);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("HDMS_", StringComparison.Ordinal) && k != "HDMS_PG_BIN").ToList())
            start.Environment.Remove(name);
        // So that the next run of the tests finds and ends it, should this one be killed.
        if (arguments.SkipWhile(a => a != "--data").Skip(1).FirstOrDefault() is { } data && Directory.Exists(Path.GetDirectoryName(data)))
            start.WorkingDirectory = Path.GetDirectoryName(data)!;
        // A test writes more than a person may.
        start.Environment["HDMS_RATE_LIMITS"] = "off";
        // Three hundred tickets take a while; few tests are about them.
        start.Environment["HDMS_DEMO_TICKETS"] = "off";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return start;
    }

    void Keep(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }

    static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Hdms.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests are not in the repository.");
        return directory.FullName;
    }
}
