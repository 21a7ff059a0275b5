using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Hdms.Bench.Api;

/// <summary>HDMS as <c>hdms up</c> runs it, in a process of its own on data of its own, with the limits on requests lifted.</summary>
/// <param name="keep">Where its data stays for the next run; null: in a folder that goes with it.</param>
sealed class House(string? keep = null) : IAsyncDisposable
{
    public const string Password = "bench: seven grey herons";
    public const string AdminCode = "BENCH-ADMIN";
    const int Port = 18080;

    /// <summary>What <c>./hdms</c> runs.</summary>
    public static readonly string Program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../apps/cli/bin/Release/net10.0/hdms.dll"));

    Process? _process;

    /// <summary>Where its data is.</summary>
    public string Data { get; } = keep is null ? Path.Combine(Path.GetTempPath(), $"hdms-bench-{Environment.ProcessId}") : Path.GetFullPath(keep);

    public Uri Address { get; } = new($"http://127.0.0.1:{Port}");

    public string Socket { get; private set; } = "";

    public int ServerPort { get; private set; }

    public string SuperuserPassword { get; private set; } = "";

    public IReadOnlyList<Guid> People { get; private set; } = [];

    public string Token { get; private set; } = "";

    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = Socket, Port = ServerPort, Username = "postgres", Password = SuperuserPassword, Database = Services.SharedDatabase, Pooling = false, CommandTimeout = 0,
    }.ConnectionString;

    /// <summary>Whether rows that are read often are served from memory, as they are unless the settings say otherwise.</summary>
    public bool RowsInMemory { get; private set; }

    /// <summary>Starts it and waits for the first answer.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> StartAsync(bool rowsInMemory = true)
    {
        RowsInMemory = rowsInMemory;
        var started = Stopwatch.GetTimestamp();
        var start = new ProcessStartInfo("dotnet", [Program, "up", "--empty", "--data", Data, "--port", $"{Port}"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["HDMS_RATE_LIMITS"] = "false";
        start.Environment["HDMS_FILES_UNATTACHED_MB"] = "100000";
        start.Environment["HDMS_FILES_KEEP_DELETED_DAYS"] = "0";
        start.Environment["HDMS_LOG_LEVEL"] = "Warning";
        start.Environment["HDMS_ROW_CACHE"] = rowsInMemory ? "50000" : "0";

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, e) => Console.Error.WriteLine(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient { BaseAddress = Address };
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/readyz")).IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // Not yet.
            }

            await Task.Delay(20);
        }

        var took = Stopwatch.GetElapsedTime(started);
        var cluster = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "cluster"))).RootElement;
        Socket = cluster.GetProperty("socket").GetString()!;
        ServerPort = cluster.GetProperty("port").GetInt32();
        SuperuserPassword = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "secrets.json"))).RootElement
            .GetProperty("superuser_password").GetString()!;
        return took;
    }

    /// <summary>
    /// Waits until what was written before has been worked off: readers of feeds and timers go on with thousands of tickets that pgbench
    /// has made, on the same two cores, while the next thing is measured.
    /// </summary>
    public async Task SettleAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        var logs = await connection.QueryAsync<string>(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND (right(relname, 7) = '_events' OR right(relname, 8) = '_cursors') ORDER BY 1");
        var positions = string.Join(" UNION ALL ", logs.Select(l => $"SELECT sum(position) FROM {(l.EndsWith("_events", StringComparison.Ordinal) ? $"(SELECT max(position) AS position FROM {l}) AS t" : l)}"));
        for (decimal? before = null; ;)
        {
            var now = await connection.ExecuteScalarAsync<decimal>($"SELECT sum(sum) FROM ({positions}) AS t");
            if (now == before)
            {
                return;
            }

            before = now;
            await Task.Delay(TimeSpan.FromSeconds(2));
        }
    }

    /// <summary>Some thousand people, and an admin who can sign in.</summary>
    public async Task FillAsync(int people)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        People = [.. Enumerable.Range(1, people).Select(n => Guid.Parse($"00000000-0000-7000-8000-{n:D12}"))];
        if (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM users WHERE id = ANY(@ids)", new { ids = People.ToArray() }) == people)
        {
            // Kept from an earlier run.
            await SignInAgainAsync();
            return;
        }

        await connection.ExecuteAsync(
            """
            INSERT INTO users (id, employee_code, email, first_name, last_name, role, helpdesk_authorized, date_joined, created_at, updated_at, version)
            SELECT id, 'BENCH-' || n, 'bench' || n || '@example.org', 'First ' || n, 'Last ' || n, CASE WHEN n = 1 THEN 'admin' ELSE 'requester' END, true, now(), now(), now(), 1
            FROM unnest(@ids) WITH ORDINALITY AS p (id, n);
            UPDATE users SET employee_code = @AdminCode WHERE id = @admin;
            INSERT INTO user_credentials (user_id, password_hash, updated_at) VALUES (@admin, @hash, now());
            ANALYZE;
            """,
            new { ids = People.ToArray(), admin = People[0], AdminCode, hash = new PasswordHasher<object>().HashPassword(new object(), Password) });
        await SignInAgainAsync();
    }

    /// <summary>Tokens last a quarter of an hour; a benchmark may last longer.</summary>
    public async Task SignInAgainAsync() => Token = await SignInAsync(AdminCode);

    /// <returns>An access token, good for a quarter of an hour.</returns>
    public async Task<string> SignInAsync(string code, string password = Password)
    {
        using var client = new HttpClient { BaseAddress = Address };
        var answer = await client.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = code, password });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <summary>Resident memory of the whole program, in megabytes (Linux).</summary>
    public double Megabytes() => Memory("VmRSS");

    /// <summary>The same at its highest so far.</summary>
    public double PeakMegabytes() => Memory("VmHWM");

    double Memory(string what)
    {
        var line = File.ReadLines($"/proc/{_process!.Id}/status").First(l => l.StartsWith(what, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    /// <summary>Stops it, and waits. Not by SIGINT, which what runs in the background of a shell does not hear.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } process)
        {
            await Tool.RunAsync("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        if (keep is null && Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }
    }
}
