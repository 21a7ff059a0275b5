using System.Net;
using System.Text.Json.Nodes;
using Hdms.Cli.Backup;
using Hdms.Cli.Cluster;
using Hdms.Cli.Rollback;
using Hdms.Cli.Tests.Migrate;

namespace Hdms.Cli.Tests.Rollback;

/// <summary>The drill: what was moved and written since is undone by one command.</summary>
public sealed class RollbackTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task After_a_switch_and_later_writes_a_rollback_has_everything_as_the_backup_has_it()
    {
        await using var hdms = await MovingHdms.StartAsync();
        (await hdms.Program.RegisterAsync("BEFORE")).ShouldBeTrue();
        await hdms.MigrateAsync("start", "users");
        await hdms.MigrateAsync("start", "tickets");
        var backup = BackupFolder.List(Path.Combine(hdms.Data, "backups"))[^1];
        await hdms.MigrateAsync("verify", "all");
        await hdms.MigrateAsync("switch", "all");
        await hdms.MigrateAsync("complete", "users");
        (await hdms.Program.RegisterAsync("AFTER")).ShouldBeTrue();
        await using (var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 1))
        {
            await people.GoesOnAsync(3);
            await people.EndAsync();
        }

        var rolledBack = await RollBackAsync(hdms, backup, "--stop");

        rolledBack.ExitCode.ShouldBe(ExitCode.Done, rolledBack.Output + rolledBack.Error);
        TestContext.Current.TestOutputHelper?.WriteLine(rolledBack.Output);
        (await hdms.Program.ExitAsync()).ShouldBe(ExitCode.Done, "it was asked to stop, and did so in order");
        await hdms.Program.DisposeAsync();
        await hdms.UpAsync();
        (await hdms.HomesAsync()).ShouldAllBe(home => home.Value == "hdms_db");
        (await hdms.QueryAsync<string>("hdms_db", "SELECT employee_code FROM users WHERE employee_code IN ('BEFORE', 'AFTER')")).ShouldBe(["BEFORE"]);
        (await hdms.QueryAsync<string>("hdms_db", "SELECT title FROM tickets WHERE title LIKE 'at work %'")).ShouldBeEmpty();
        (await hdms.QueryAsync<string>("hdms_db", "SELECT slot_name::text FROM pg_replication_slots UNION ALL SELECT roname FROM pg_replication_origin")).ShouldBeEmpty();
        (await hdms.QueryAsync<string>("postgres", "SELECT datname::text FROM pg_database WHERE datname LIKE 'hdms%' AND datallowconn")).ShouldBe(["hdms_db"], "there is one home");

        // What was undone is kept: in the databases that were put aside, and in the backup that was taken first.
        (await hdms.QueryAsync<string>("postgres", "SELECT datname::text FROM pg_database WHERE datname ~ '^hdms_(db|users|tickets)_2' AND NOT datallowconn")).Count.ShouldBe(3);
        var safety = BackupFolder.List(Path.Combine(hdms.Data, "backups"))[0];
        Manifest.Read(safety).Services.Single(s => s.Name == "users").Home.ShouldBe("hdms_users");
        var verified = await RealProgram.RunAsync("backup", "verify", safety, "--data", hdms.Data);
        verified.ExitCode.ShouldBe(ExitCode.Done, verified.Error);

        // Everybody who has read feeds goes on, and a move may begin anew.
        await using var again = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2);
        await hdms.MigrateAsync("start", "tickets", "--backup", safety);
        await again.GoesOnAsync(3);
        await hdms.MigrateAsync("verify", "tickets");
        await hdms.MigrateAsync("switch", "tickets");
        await again.GoesOnAsync(3);
        await again.EndAsync();
        await hdms.HasOnceAsync(again);
    }

    [Fact]
    public async Task What_can_not_go_well_is_refused_before_anything_is_changed()
    {
        await using var hdms = await MovingHdms.StartAsync();
        var backup = (await RealProgram.RunAsync("backup", "--data", hdms.Data)).Output.Trim();

        var running = await RollBackAsync(hdms, backup);
        running.ExitCode.ShouldBe(ExitCode.InUse);
        running.Error.ShouldContain($"HDMS runs on {hdms.Data} (process {hdms.Program.Pid}). Stop it first, or let it be stopped: --stop");
        (await hdms.Program.RegisterAsync("STILL-UP")).ShouldBeTrue();
        (await RealProgram.RunAsync("rollback", backup, "--data", hdms.Data)).Error.ShouldContain("there is nobody to ask. Add --yes");
        var dry = await RealProgram.RunAsync("rollback", backup, "--dry-run", "--data", hdms.Data);
        dry.Output.ShouldContain("put aside: hdms_db\nNothing was changed.");
        await hdms.StopAsync();

        await ChangeAsync(backup, manifest => manifest["services"]![0]!["schema"]!.AsArray().Add(new JsonObject { ["script"] = "9999_later.sql", ["checksum"] = "0" }));
        var older = await RollBackAsync(hdms, backup);
        older.ExitCode.ShouldBe(ExitCode.Failed);
        older.Error.ShouldContain("is older than the backup's tables: it does not know 9999_later.sql of users as it was. Nothing was changed; roll back with program 0.");
        await ChangeAsync(backup, manifest => manifest["services"]![0]!["schema"]!.AsArray().RemoveAt(manifest["services"]![0]!["schema"]!.AsArray().Count - 1));

        await ChangeAsync(backup, manifest => manifest["databases"]![0]!["tables"]![0]!["rows"] = 4711);
        var wrong = await RollBackAsync(hdms, backup);
        wrong.ExitCode.ShouldBe(ExitCode.Different);
        wrong.Error.ShouldContain("What was restored is not what the manifest says; nothing was changed.");
        await File.AppendAllTextAsync(Path.Combine(backup, "hdms_db.dump"), "x", Ct);
        (await RollBackAsync(hdms, backup)).Error.ShouldContain("hdms_db.dump of the backup is missing or damaged; nothing was changed.");

        await hdms.UpAsync();
        (await hdms.Program.Http.GetStringAsync("/api/v1/users?q=STILL-UP", Ct)).ShouldContain("STILL-UP");
        (await hdms.QueryAsync<string>("postgres", "SELECT datname::text FROM pg_database WHERE datname LIKE 'hdms%'")).ShouldBe(["hdms_db"]);
    }

    [Fact]
    public async Task While_it_restores_whoever_comes_is_told_to_come_again()
    {
        var port = FreePort.Find();
        await using var sign = await ClosedSign.HangAsync(port, Ct);
        using var http = new HttpClient();

        using var answer = await http.GetAsync($"http://127.0.0.1:{port}/api/v1/tickets", Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(10));
        (await answer.Content.ReadAsStringAsync(Ct)).ShouldContain("\"code\":\"unavailable\"");
    }

    static Task<ToolResult> RollBackAsync(MovingHdms hdms, string backup, params string[] more) =>
        RealProgram.RunAsync(new Dictionary<string, string> { ["HDMS_PORT"] = $"{FreePort.Find()}" }, ["rollback", backup, "--yes", "--data", hdms.Data, .. more]);

    static async Task ChangeAsync(string folder, Action<JsonNode> change)
    {
        var file = Path.Combine(folder, Manifest.FileName);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, Ct))!;
        change(manifest);
        await File.WriteAllTextAsync(file, manifest.ToJsonString(), Ct);
    }
}
