using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>The smaller commands, and what is said when they are used wrongly.</summary>
[Collection(OneHdms.Name)]
public sealed class CommandTests(RunningHdms hdms) : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Help_shows_every_command_examples_and_exit_codes()
    {
        var help = await RealProgram.RunAsync("--help");

        help.ExitCode.ShouldBe(ExitCode.Done);
        foreach (var word in new[] { "up", "serve", "psql", "migrate-schema", "doctor", "backup", "events", "make-admin", "version", "test", "bench", "fmt", "Examples:", "Exit codes:" })
            help.Output.ShouldContain(word);
        (await RealProgram.RunAsync("no-such-command")).ExitCode.ShouldBe(ExitCode.WrongUsage);
    }

    [Theory]
    [InlineData("HDMS_RATE_LIMIT_SIGN_IN", "many", ExitCode.WrongUsage, "Setting rate_limit_sign_in: 'many' is not a whole number from 1 to 1000000.")]
    [InlineData("HDMS_PORT", "70000", ExitCode.WrongUsage, "Setting port: '70000' is not a whole number from 1 to 65535.")]
    [InlineData("HDMS_DATABASE", "nowhere", ExitCode.WrongUsage, "Setting database: 'nowhere' is not an address of a database")]
    [InlineData("HDMS_SERVICE_KEY", "short", ExitCode.WrongUsage, "Setting service_key: must be at least 32 random bytes")]
    [InlineData("HDMS_PG_BIN", "/nowhere", ExitCode.NoPostgres, "No PostgreSQL 15 or later in /nowhere (setting pg_bin).")]
    public async Task A_wrong_setting_is_one_line_that_names_it_and_nothing_is_left_running(string name, string value, int exitCode, string said)
    {
        var data = Path.Combine(_directory.Path, "data");
        var settings = new Dictionary<string, string> { [name] = value, ["HDMS_USERS_PASSWORD"] = "x" };
        string[] port = name == "HDMS_PORT" ? [] : ["--port", $"{FreePort.Find()}"];

        var result = await RealProgram.RunAsync(settings, ["up", "--data", data, .. port]);

        result.ExitCode.ShouldBe(exitCode, result.Error);
        var line = result.Error.Split('\n').Single(l => l.StartsWith("hdms:", StringComparison.Ordinal));
        line.ShouldStartWith($"hdms: {said}");
        result.Error.ShouldNotContain("   at ");
        ServerProcesses.Below(_directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Settings_come_from_the_file_beside_the_data_directory_unless_another_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "hdms.yaml"), "listen: from-beside\n", Ct);
        var other = Path.Combine(_directory.Path, "other.yaml");
        await File.WriteAllTextAsync(other, "listen: from-other\n", Ct);
        string[] serve = ["serve", "users", "--data", Path.Combine(_directory.Path, "data")];

        (await RealProgram.RunAsync(serve)).Error.Trim().ShouldBe("hdms: Setting listen: 'from-beside' is not an IP address.");
        (await RealProgram.RunAsync([.. serve, "--config", other])).Error.ShouldContain("'from-other'");
        (await RealProgram.RunAsync(new Dictionary<string, string> { ["HDMS_LISTEN"] = "from-environment" }, serve)).Error.ShouldContain("'from-environment'");
        var missing = await RealProgram.RunAsync([.. serve, "--config", other + ".gone"]);
        missing.ExitCode.ShouldBe(ExitCode.WrongUsage);
        missing.Error.ShouldContain("There is no settings file");
    }

    [Fact]
    public async Task Psql_is_the_service_or_the_admin()
    {
        (await RealProgram.RunAsync("psql", "users", "--data", hdms.Data, "--", "-Atc", "SELECT current_user || ' in ' || current_database()")).Output.Trim().ShouldBe("hdms_users in hdms_db");
        (await RealProgram.RunAsync("psql", "--data", hdms.Data, "--", "-Atc", "SELECT current_user")).Output.Trim().ShouldBe("postgres");
        var unknown = await RealProgram.RunAsync("psql", "nobody", "--data", hdms.Data);
        unknown.ExitCode.ShouldBe(ExitCode.WrongUsage);
        unknown.Error.ShouldContain("There is no service 'nobody'");
    }

    [Fact]
    public async Task Psql_report_reads_the_views_of_all_services_and_nothing_else()
    {
        async Task<ToolResult> AskAsync(string sql, params string[] of) => await RealProgram.RunAsync(["psql", "report", .. of, "--data", hdms.Data, "--", "-Atc", sql]);

        (await AskAsync("SELECT current_user || ' ' || (count(*) > 50) FROM users JOIN departments ON departments.id = department_id")).Output.Trim().ShouldBe("hdms_report true");
        (await AskAsync("SELECT count(*) > 0 FROM user_events", "users")).Output.Trim().ShouldBe("t");
        (await AskAsync("SELECT * FROM public.users")).Error.ShouldContain("permission denied");
        (await AskAsync("SELECT * FROM nobody", "nobody")).ExitCode.ShouldBe(ExitCode.WrongUsage);
    }

    [Fact]
    public async Task Schema_scripts_run_once_and_a_changed_one_is_refused()
    {
        string[] migrate = ["migrate-schema", "users", "--data", Path.Combine(_directory.Path, "data")];

        var first = await RealProgram.RunAsync(migrate);
        var second = await RealProgram.RunAsync(migrate);

        first.ExitCode.ShouldBe(ExitCode.Done, first.Error);
        first.Output.ShouldContain("users: 0001_people.sql");
        second.Output.ShouldContain("users: nothing to do");
        await RealProgram.RunAsync([.. "psql --data".Split(' '), migrate[^1], "--", "-c", "UPDATE users_schema_history SET checksum = 'x' WHERE script = '0001_people.sql'"]);
        var third = await RealProgram.RunAsync(migrate);
        third.ExitCode.ShouldBe(ExitCode.Failed);
        third.Error.ShouldContain("0001_people.sql of users was changed after it had run here");
        ServerProcesses.Below(_directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_epoch_begins_where_the_log_stands()
    {
        var before = int.Parse(await hdms.SqlAsync("SELECT max(epoch) FROM users_log"), null);

        var begun = await hdms.RunAsync("events", "new-epoch", "users");

        begun.Output.Trim().ShouldBe($"users: epoch {before + 1} has begun");
        (await hdms.SqlAsync("SELECT epoch || '.' || first_position FROM users_log ORDER BY epoch DESC LIMIT 1"))
            .ShouldBe($"{before + 1}.{await hdms.SqlAsync("SELECT max(position) + 1 FROM users_events")}");
        (await hdms.Program.RegisterAsync($"EPOCH-{before}")).ShouldBeTrue();
        (await hdms.SqlAsync("SELECT epoch FROM users_events ORDER BY position DESC LIMIT 1")).ShouldBe($"{before + 1}");
    }

    [Fact]
    public async Task Roles_are_served_by_processes_of_their_own_behind_a_proxy()
    {
        var ports = Services.All.ToDictionary(s => s.Name, _ => FreePort.Find());
        var urls = ports.ToDictionary(p => $"HDMS_{p.Key.ToUpperInvariant()}_URL", p => $"http://127.0.0.1:{p.Value}");
        var limited = new Dictionary<string, string>(urls) { ["HDMS_RATE_LIMITS"] = "on" };
        await using var service = await ServeAsync(limited, "users", ports["users"]);
        await using var tickets = await ServeAsync(urls, "tickets", ports["tickets"]);
        await using var communication = await ServeAsync(urls, "communication", ports["communication"]);
        await using var files = await ServeAsync(urls, "files", ports["files"]);
        await using var views = await ServeAsync(urls, "views", ports["views"]);
        await using var pages = await ServeAsync(urls, "web", FreePort.Find());

        (await pages.Http.GetStringAsync("/openapi/v1.json", Ct)).ShouldContain("\"/api/v1/users\"");
        (await LeftAsync(service, "198.51.100.1")).ShouldBeGreaterThan(await LeftAsync(service, "198.51.100.1"));
        (await LeftAsync(service, "198.51.100.2")).ShouldBeGreaterThan(await LeftAsync(service, "198.51.100.1"), "each caller behind the proxy has a limit of their own");

        (await service.StopAsync()).ShouldBe(ExitCode.Done);
        (await pages.StopAsync("INT")).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task Without_a_database_there_is_nothing_to_serve_from()
    {
        var result = await RealProgram.RunAsync("serve", "users", "--data", Path.Combine(_directory.Path, "data"));

        result.ExitCode.ShouldBe(ExitCode.WrongUsage);
        result.Error.ShouldStartWith("hdms: There is no database to serve from");
    }

    [Fact]
    public async Task On_an_existing_server_it_makes_databases_but_no_server_of_its_own_and_no_made_up_people()
    {
        // A server of its own: on the shared one another test may have made the services' roles, with passwords that this installation can't know.
        await using var cluster = await TestCluster.StartWithAsync([], Ct);
        await using var database = await TestDatabase.CreateEmptyAsync(cluster);
        var admin = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres" };
        await using var landlord = new NpgsqlConnection(admin.ConnectionString);
        var data = Path.Combine(_directory.Path, "data");
        var port = FreePort.Find();
        var settings = new Dictionary<string, string> { ["HDMS_DATABASE"] = database.Address, ["HDMS_ADMIN_DATABASE"] = admin.ConnectionString };

        await using (var program = RealProgram.Begin(settings, port, "up", "--data", data, "--port", $"{port}"))
        {
            await program.SaysAsync("Stop:");
            (await database.ScalarAsync<long>("SELECT count(*) FROM users")).ShouldBe(0);
            var backup = await RealProgram.RunAsync(settings, "backup", "--data", data);
            backup.ExitCode.ShouldBe(ExitCode.Done, backup.Error);
            (await RealProgram.RunAsync(settings, "backup", "verify", backup.Output.Trim(), "--data", data)).ExitCode.ShouldBe(ExitCode.Done);
            var examined = await RealProgram.RunAsync(settings, "doctor", "--data", data);
            examined.Output.ShouldNotContain("users:");
        }

        Directory.Exists(Path.Combine(data, "postgres")).ShouldBeFalse();
    }

    async Task<RealProgram> ServeAsync(IReadOnlyDictionary<string, string> settings, string role, int port)
    {
        var program = RealProgram.Begin(settings, port, "serve", role, "--port", $"{port}", "--data", hdms.Data);
        await program.SaysAsync($"HDMS {role} is at");
        return program;
    }

    static async Task<int> LeftAsync(RealProgram service, string caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users/me");
        request.Headers.Add("X-Forwarded-For", caller);
        using var answer = await service.Http.SendAsync(request, Ct);
        return int.Parse(answer.Headers.GetValues("X-RateLimit-Remaining").Single(), null);
    }
}
