using System.Diagnostics;
using System.Text.Json.Nodes;
using Hdms.Cli.Backup;
using Hdms.Cli.Cluster;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>Backups of a running installation, taken and verified by the real program.</summary>
[Collection(OneHdms.Name)]
public sealed class BackupTests(RunningHdms hdms) : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string To => Path.Combine(_directory.Path, "backups");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_backup_is_verified_by_restoring_it_and_leaves_no_database_behind()
    {
        var folder = await TakeAsync();

        var verified = await VerifyAsync(folder);

        verified.ExitCode.ShouldBe(ExitCode.Done, verified.Error);
        verified.Output.ShouldContain("is good");
        (await hdms.SqlAsync("SELECT count(*) FROM pg_database WHERE datname LIKE 'hdms_verify%'")).ShouldBe("0");
        var listed = await hdms.RunAsync("backup", "list", "--to", To);
        listed.Output.ShouldContain(Path.GetFileName(folder));
    }

    [Fact]
    public async Task It_is_for_its_owners_eyes_and_says_what_is_in_it()
    {
        var folder = await TakeAsync();
        var manifest = Manifest.Read(folder);
        var epoch = int.Parse(await hdms.SqlAsync("SELECT max(epoch) FROM users_log"), null);

        foreach (var file in Directory.EnumerateFiles(folder))
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        manifest.Services.Select(s => s.Name).ShouldBe(["users", "tickets", "communication", "files", "views"]);
        manifest.Services[0].ShouldSatisfyAllConditions(
            s => s.Name.ShouldBe("users"),
            s => s.Home.ShouldBe("hdms_db"),
            s => s.LogPosition.ShouldBeGreaterThan(0),
            s => s.LogEpoch.ShouldBe(epoch),
            s => s.Schema.ShouldContain(x => x.Script == "0001_people.sql"));
        manifest.Databases.Single().Tables.Single(t => t.Table == "public.departments").Rows.ShouldBe(7);
    }

    [Fact]
    public async Task One_flipped_byte_is_found()
    {
        var folder = await TakeAsync();
        var dump = Path.Combine(folder, "hdms_db.dump");
        var bytes = await File.ReadAllBytesAsync(dump, Ct);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(dump, bytes, Ct);

        var verified = await VerifyAsync(folder);

        verified.ExitCode.ShouldBe(ExitCode.Different);
        verified.Error.ShouldContain("hdms_db.dump: its SHA-256 is");
    }

    [Fact]
    public async Task One_changed_row_is_found_though_the_dump_is_whole()
    {
        var before = await TakeAsync();
        var name = await hdms.SqlAsync("SELECT total_capacity FROM departments WHERE code = 'ARC'");
        await hdms.SqlAsync("UPDATE departments SET total_capacity = total_capacity + 1 WHERE code = 'ARC'");
        var after = await TakeAsync();
        await hdms.SqlAsync($"UPDATE departments SET total_capacity = {name} WHERE code = 'ARC'");

        // As if somebody had changed the dump and covered it up.
        File.Copy(Path.Combine(after, "hdms_db.dump"), Path.Combine(before, "hdms_db.dump"), overwrite: true);
        var file = Path.Combine(before, Manifest.FileName);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, Ct))!;
        manifest["databases"]![0]!["sha256"] = Manifest.Read(after).Databases[0].Sha256;
        await File.WriteAllTextAsync(file, manifest.ToJsonString(), Ct);
        var verified = await VerifyAsync(before);

        verified.ExitCode.ShouldBe(ExitCode.Different);
        verified.Error.ShouldContain("hdms_db: public.departments has as many rows as the manifest says, but not the same content");
        verified.Error.ShouldNotContain("hdms_db: public.users ");
    }

    [Fact]
    public async Task A_folder_without_its_manifest_is_no_backup()
    {
        var folder = await TakeAsync();
        File.Delete(Path.Combine(folder, Manifest.FileName));

        var verified = await VerifyAsync(folder);

        verified.ExitCode.ShouldBe(ExitCode.Failed);
        verified.Error.ShouldContain("There is no backup");
    }

    [Fact]
    public Task Taken_while_people_write_it_is_of_one_moment() => TakenWhilePeopleWriteAsync(times: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task Taken_again_and_again_while_people_write_each_is_of_one_moment() => TakenWhilePeopleWriteAsync(times: 3);

    async Task TakenWhilePeopleWriteAsync(int times)
    {
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writers = Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                (await hdms.Program.RegisterAsync($"B{writer}-{n}-{Guid.NewGuid():N}")).ShouldBeTrue();
                Interlocked.Increment(ref written);
            }
        }).ToList();

        var folders = new List<string>();
        for (var n = 0; n < times; n++)
        {
            var at = Volatile.Read(ref written);
            folders.Add(await TakeAsync());
            SpinWait.SpinUntil(() => Volatile.Read(ref written) > at, TimeSpan.FromMinutes(1)).ShouldBeTrue("writing goes on while a backup is taken");
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        foreach (var folder in folders)
            await MustAgreeAsync(folder);
    }

    [Fact]
    public async Task Interrupted_or_killed_it_leaves_nothing_that_looks_complete()
    {
        // A unit of work that does not end keeps the gate, so that the backup waits.
        await using var keeper = new NpgsqlConnection(PrivateCluster.FindRunning(hdms.Data)!.ConnectionString("hdms_db"));
        await keeper.OpenAsync(Ct);
        await using (var command = new NpgsqlCommand("BEGIN; LOCK TABLE users_gate IN ROW EXCLUSIVE MODE", keeper))
            await command.ExecuteNonQueryAsync(Ct);

        foreach (var (signal, exitCode, left) in new[] { ("TERM", ExitCode.Interrupted, 0), ("KILL", 137, 1) })
        {
            await using var backup = RealProgram.Begin(new Dictionary<string, string>(), 0, "backup", "--to", To, "--data", hdms.Data);
            SpinWait.SpinUntil(() => Directory.Exists(To) && Directory.GetDirectories(To).Length > 0, TimeSpan.FromMinutes(1)).ShouldBeTrue();
            await backup.SignalAsync(signal);
            (await backup.ExitAsync()).ShouldBe(exitCode);

            Directory.GetDirectories(To).Length.ShouldBe(left);
            BackupFolder.List(To).ShouldBeEmpty();
        }

        await keeper.CloseAsync();
        var folder = await TakeAsync();
        Directory.GetDirectories(To).ShouldBe([folder], "the next one clears what the killed one left");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task The_note_in_it_brings_everything_back()
    {
        var folder = await TakeAsync();
        var commands = (await File.ReadAllLinesAsync(Path.Combine(folder, HowToRestore.FileName), Ct))
            .SkipWhile(l => !l.Contains("onto a new data directory", StringComparison.Ordinal)).TakeWhile(l => !l.Contains("4. Start", StringComparison.Ordinal))
            .Where(l => l.StartsWith("       ", StringComparison.Ordinal)).ToList();
        commands.Count.ShouldBe(3);
        var fresh = Path.Combine(_directory.Path, "fresh");
        var script = string.Join(" && ", commands).Replace("NEW", fresh, StringComparison.Ordinal)
            .Replace("./hdms", $"dotnet {Path.Combine(AppContext.BaseDirectory, "hdms.dll")}", StringComparison.Ordinal)
            .Replace("pg_restore", (await ClientPrograms.FindAsync(Environment.GetEnvironmentVariable("HDMS_PG_BIN"), 15, Ct))["pg_restore"], StringComparison.Ordinal);
        await Tool.MustRunAsync(["bash", "-c", $"set -o pipefail; cd {folder} && {script}"], "The note", Ct);
        // Files are not in a backup, as it says; whatever others have uploaded is brought as the note's reader would.
        await Tool.MustRunAsync(["cp", "-a", Path.Combine(hdms.Data, "files"), fresh], "Copying the storage", Ct);

        await using var restored = await RealProgram.UpAsync(fresh);
        await restored.SignInAsync();

        (await restored.CountAsync()).ShouldBe(Manifest.Read(folder).Databases[0].Tables.Single(t => t.Table == "public.users").Rows);
        (await RealProgram.RunAsync("psql", "users", "--data", fresh, "--", "-Atc", "SELECT max(epoch) FROM users_log")).Output.Trim()
            .ShouldBe($"{Manifest.Read(folder).Services[0].LogEpoch + 1}", "readers must see that the log turned up elsewhere");
        // Its readers have been away as long as the backup is old, and take a moment.
        ToolResult examined;
        var patience = Stopwatch.StartNew();
        do
        {
            examined = await RealProgram.RunAsync("doctor", "--data", fresh);
        }
        while (examined.ExitCode != ExitCode.Done && patience.Elapsed < TimeSpan.FromMinutes(4));
        examined.ExitCode.ShouldBe(ExitCode.Done, examined.Output);
    }

    /// <summary>Each person's row and the event that made it are both in it, or neither.</summary>
    static async Task MustAgreeAsync(string folder)
    {
        await using var scratch = await TestDatabase.CreateEmptyAsync();
        var programs = await ClientPrograms.FindAsync(Environment.GetEnvironmentVariable("HDMS_PG_BIN"), 15, Ct);
        await Dump.RestoreAsync(programs, Path.Combine(folder, "hdms_db.dump"), scratch.ConnectionString, Ct);

        (await scratch.ScalarAsync<long>("SELECT count(*) FROM users")).ShouldBe(await scratch.ScalarAsync<long>("SELECT count(*) FROM users_events WHERE type LIKE 'user.registered%'"));
        (await scratch.ScalarAsync<long>("SELECT count(*) FROM users_events")).ShouldBe(Manifest.Read(folder).Services[0].LogPosition, "there are no gaps");
        (await scratch.ScalarAsync<long>(
            "SELECT count(*) FROM users AS u WHERE version IS DISTINCT FROM (SELECT max(stream_version) FROM users_events WHERE stream_id = u.id)")).ShouldBe(0);
    }

    async Task<string> TakeAsync()
    {
        var taken = await hdms.RunAsync("backup", "--to", To);
        taken.ExitCode.ShouldBe(ExitCode.Done, taken.Error);
        return taken.Output.Trim();
    }

    Task<ToolResult> VerifyAsync(string folder) => hdms.RunAsync("backup", "verify", folder);
}
