using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Hdms.Testing;
using Npgsql;
using PgSplit.Cli;
using PgSplit.Control;
using PgSplit.Mapping;

namespace PgSplit.Tests;

/// <summary>The program as a person or a script meets it. Not beside others that run it: its options are static.</summary>
[Collection("command line")]
public sealed class CliTests(EmptyPair empty) : IClassFixture<EmptyPair>, IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgsplit-test-").FullName;
    string _source = "", _target = "";

    public async ValueTask InitializeAsync()
    {
        await empty.EmptySourceAsync();
        var cluster = await TestCluster.SharedAsync();
        var builder = new NpgsqlConnectionStringBuilder(cluster.ConnectionString());
        string Url(string database) => $"postgres://{builder.Username}:{Uri.EscapeDataString(builder.Password ?? "")}@127.0.0.1:{cluster.Port}/{database}";
        (_source, _target) = (Url(empty.Pair.Source.Address.Database), Url(empty.Pair.Target.Address.Database));
        await empty.Pair.OnSourceAsync("CREATE TABLE moving (id int PRIMARY KEY); CREATE TABLE staying (id int PRIMARY KEY)");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_plan_without_blockers_ends_with_0_and_says_how_much_moves()
    {
        var (code, output, error) = await RunAsync("plan", Map("[moving]", "['*']"));

        code.ShouldBe(ExitCode.Done);
        output.ShouldContain("moving");
        output.ShouldContain("Nothing stands in the way");
        output.ShouldContain("assumed, not measured");
        error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_blocker_ends_a_plan_with_3_and_is_told_with_its_line_and_remedy()
    {
        var map = Map("[moving, stayin]", "['*']");

        var (code, output, _) = await RunAsync("plan", map);

        code.ShouldBe(ExitCode.Refused);
        output.ShouldContain($"BLOCKER x: stayin ({map}:5): the source has no such table (table-unknown)");
        output.ShouldContain("        → did you mean staying?");
        output.ShouldContain("1 blocker;");
    }

    [Fact]
    public async Task A_plan_for_programs_is_one_JSON_document()
    {
        var (code, output, _) = await RunAsync("plan", Map("[moving]", "[]"), "x", "--json");

        code.ShouldBe(ExitCode.Refused);
        using var json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("blocked").GetBoolean().ShouldBeTrue();
        var finding = json.RootElement.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("severity").GetString() == "blocker");
        finding.GetProperty("code").GetString().ShouldBe("table-unplaced");
        finding.GetProperty("object").GetString().ShouldBe("staying");
        finding.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        var service = json.RootElement.GetProperty("services")[0];
        service.GetProperty("tables")[0].GetProperty("name").GetString().ShouldBe("moving");
        service.GetProperty("estimate").GetProperty("duration").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    [Fact]
    public async Task A_wrong_map_ends_with_2_and_one_line_for_each_thing_that_is_wrong()
    {
        var map = Map("[moving, moving, a.b.c]", "['*']");

        var (code, output, error) = await RunAsync("plan", map);

        code.ShouldBe(ExitCode.BadInput);
        output.ShouldBeEmpty();
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
        [
            $"pgsplit: {map}:5: table moving is named twice, first in line 5",
            $"pgsplit: {map}:5: 'a.b.c' is no name of a table: write name, schema.name, or quoted parts as '\"Odd name\"'",
        ]);
    }

    [Fact]
    public async Task An_error_for_programs_is_JSON_on_standard_error()
    {
        var (code, output, error) = await RunAsync("plan", _folder + "/none.yaml", "--json");

        code.ShouldBe(ExitCode.BadInput);
        output.ShouldBeEmpty();
        using var json = JsonDocument.Parse(error);
        json.RootElement.GetProperty("error").GetProperty("message").GetString().ShouldBe($"there is no map {_folder}/none.yaml");
        json.RootElement.GetProperty("error").GetProperty("exit_code").GetInt32().ShouldBe(2);
        json.RootElement.GetProperty("error").GetProperty("kind").GetString().ShouldBe("bad_input");
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_6_and_shows_no_password()
    {
        var (code, _, error) = await RunAsync("map", "--from", "postgres://me:hush@127.0.0.1:1/db");

        code.ShouldBe(ExitCode.Unreachable);
        error.ShouldStartWith("pgsplit: 127.0.0.1:1/db can't be reached: ");
        error.ShouldContain("  → check that the server runs and the address is right");
        error.ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_role_that_the_server_refuses_is_told_so()
    {
        var (code, _, error) = await RunAsync("map", "--from", _source.Replace("postgres://", "postgres://nobody_", StringComparison.Ordinal));

        code.ShouldBe(ExitCode.Unreachable);
        error.ShouldContain("refused the connection");
    }

    [Theory]
    [InlineData("plann")]
    [InlineData("plan", "a.yaml", "b", "c")]
    [InlineData("plan", "--jsn")]
    [InlineData("map")]
    [InlineData("map", "--from", "mysql://db/x")]
    public async Task A_wrong_command_line_ends_with_2_and_the_way_on(params string[] args)
    {
        var (code, output, error) = await RunAsync(args);

        code.ShouldBe(ExitCode.BadInput);
        output.ShouldBeEmpty();
        error.ShouldStartWith("pgsplit: ");
        error.ShouldContain("  → ");
    }

    [Fact]
    public async Task A_proposed_map_is_one_that_plan_reads()
    {
        var (code, output, _) = await RunAsync("map", "--from", _source);

        code.ShouldBe(ExitCode.Done);
        output.ShouldNotContain(":" + _source.Split(':')[2].Split('@')[0] + "@");
        Mapping.Map.Parse(output, "map.yaml").Services.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task The_schema_of_maps_is_printed_for_editors() => (await RunAsync("map", "--schema")).Output.ShouldBe(MapSchema.Text);

    [Fact]
    public async Task Help_has_the_exit_codes_and_examples()
    {
        var (code, output, _) = await RunAsync("--help");

        code.ShouldBe(ExitCode.Done);
        foreach (var exit in Enum.GetValues<ExitCode>())
            output.ShouldMatch($@"(?m)^  {(int)exit} ");
        output.ShouldContain("pgsplit plan map.yaml");
        (await RunAsync("plan", "--help")).Output.ShouldContain("pgsplit plan map.yaml tickets");
    }

    [Fact]
    public async Task Every_kind_of_finding_that_the_code_knows_is_in_the_documentation()
    {
        var doc = await File.ReadAllTextAsync(Path.Combine(Root, "docs", "pgsplit.md"));
        var codes = Directory.EnumerateFiles(Path.Combine(Root, "engine", "PgSplit", "Planning"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(f),
                "(?:Blocker|Warning|Note)\\(\\s*\"([a-z-]+)\"|Severity\\.\\w+, \"([a-z-]+)\"|Room\\(x, \"([a-z-]+)\"", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5)))
            .Select(m => m.Groups[1].Value + m.Groups[2].Value + m.Groups[3].Value).Distinct().ToList();

        codes.Count.ShouldBeGreaterThan(60);
        codes.Where(c => !doc.Contains($"| `{c}` |", StringComparison.Ordinal)).ShouldBeEmpty();
        foreach (var key in MapKeys.Root.Concat(MapKeys.Service).Concat(MapKeys.Table).Concat(MapKeys.Column).Concat(MapKeys.Hook).Concat(MapKeys.Options))
            doc.ShouldContain($"`{key}`");
    }

    [Fact]
    public async Task Interrupted_it_ends_with_130()
    {
        using var silent = new Silence();
        using var stop = new CancellationTokenSource();
        var running = RunAsync(stop.Token, "map", "--from", $"postgres://me@127.0.0.1:{silent.Port}/db");
        await silent.HeardAsync();
        await stop.CancelAsync();

        var (code, _, error) = await running;

        code.ShouldBe(ExitCode.Interrupted);
        error.ShouldBe("pgsplit: interrupted\n");
    }

    [Fact]
    public async Task SIGTERM_ends_the_process_with_130()
    {
        using var silent = new Silence();
        // Its own folder: beside the tests it lacks what they have from ASP.NET.
        var program = Path.Combine(Root, "engine", "PgSplit.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "pgsplit.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "map", "--from", $"postgres://me@127.0.0.1:{silent.Port}/db"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        await Task.WhenAny(silent.HeardAsync(), process.WaitForExitAsync());
        process.HasExited.ShouldBeFalse();
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            await kill.WaitForExitAsync();

        (await process.StandardError.ReadToEndAsync()).ShouldBe("pgsplit: interrupted\n");
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe((int)ExitCode.Interrupted);
    }

    [Fact]
    public async Task Nothing_is_coloured_that_goes_to_a_file()
    {
        using var output = new StringWriter();
        await CommandLine.RunAsync(["plan", Map("[moving, none]", "[]")], new Terminal(output, TextWriter.Null, live: false, colours: false), CancellationToken.None);
        output.ToString().ShouldNotContain('\e');

        using var coloured = new StringWriter();
        await CommandLine.RunAsync(["plan", Map("[moving, none]", "[]")], new Terminal(coloured, TextWriter.Null, live: true, colours: true), CancellationToken.None);
        coloured.ToString().ShouldContain('\e');
    }

    [Fact]
    public void Progress_on_a_terminal_is_one_line_that_changes()
    {
        using var error = new StringWriter();
        var clock = new TestClock();
        using (var progress = new Terminal(TextWriter.Null, error, live: true, colours: false).Progress(clock))
        {
            progress.Report(Copied(0));
            clock.Advance(TimeSpan.FromMilliseconds(50));
            progress.Report(Copied(100));
            clock.Advance(TimeSpan.FromMilliseconds(200));
            progress.Report(Copied(512));
        }

        error.ToString().ShouldBe(
            "\rcopy  moving  0 B of 1.0 GB (0 %)\e[K\rcopy  moving  5 242 880 rows  512 MB of 1.0 GB (50 %)  51.2 MB/s  10 s left\e[K\n");
    }

    [Fact]
    public void Progress_elsewhere_is_a_plain_line_every_ten_seconds_and_the_last()
    {
        using var error = new StringWriter();
        var clock = new TestClock();
        using (var progress = new Terminal(TextWriter.Null, error, live: false, colours: false).Progress(clock))
        {
            for (var mb = 0; mb <= 24; mb++, clock.Advance(TimeSpan.FromSeconds(1)))
                progress.Report(Copied(mb));
        }

        var lines = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Select(l => l.Split(" MB of")[0].Split("  ")[^1]).ShouldBe(["0 B of 1.0 GB (0 %)", "10.0", "20.0", "24.0"]);
        error.ToString().ShouldNotContain('\r');
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 kB")]
    [InlineData(300L << 20, "300 MB")]
    [InlineData(5L << 40, "5.0 TB")]
    public void Sizes_are_written_for_people(long bytes, string text) => Human.Size(bytes).ShouldBe(text);

    [Theory]
    [InlineData(340, "340 ms")]
    [InlineData(12_900, "12 s")]
    [InlineData(310_000, "5 min 10 s")]
    [InlineData(3_600_000, "1 h")]
    [InlineData(273_600_000, "3 d 4 h")]
    public void Durations_are_written_for_people(long milliseconds, string text) => Human.Duration(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);

    static string Root => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    static MoveProgress Copied(long mb) => new("copy", "moving", mb * 10_240, mb << 20, 1L << 30, TimeSpan.FromSeconds(10));

    string Map(string tables, string ignore)
    {
        var path = Path.Combine(_folder, "map.yaml");
        Environment.SetEnvironmentVariable("PGSPLIT_TEST_SOURCE", _source);
        Environment.SetEnvironmentVariable("PGSPLIT_TEST_TARGET", _target);
        File.WriteAllText(path, $"source: env:PGSPLIT_TEST_SOURCE\nservices:\n  x:\n    target: env:PGSPLIT_TEST_TARGET\n    tables: {tables}\nignore: {ignore}\n");
        return path;
    }

    static Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    static async Task<(ExitCode Code, string Output, string Error)> RunAsync(CancellationToken ct, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, new Terminal(output, error, live: false, colours: false), ct);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A server that takes connections and never says a word.</summary>
    sealed class Silence : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        TcpClient? _client;

        public Silence() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async Task HeardAsync()
        {
            _client = await _listener.AcceptTcpClientAsync();
            (await _client.GetStream().ReadAsync(new byte[1])).ShouldBe(1);
        }

        public void Dispose()
        {
            _client?.Dispose();
            _listener.Dispose();
        }
    }
}
