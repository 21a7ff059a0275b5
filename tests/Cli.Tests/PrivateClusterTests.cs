using Hdms.Cli.Cluster;
using Hdms.Cli.Provisioning;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>A private cluster as it begins and ends.</summary>
public sealed class PrivateClusterTests : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(512, 128, 256, 1024)]
    [InlineData(8192, 1024, 4096, 2048)]
    [InlineData(262144, 2048, 131072, 8192)]
    public void It_is_given_an_eighth_of_the_machines_memory_and_as_much_WAL_as_a_big_copy_needs(long machine, long buffers, long cache, long wal) =>
        InitialiseCluster.Memory(machine).ShouldSatisfyAllConditions(
            text => text.ShouldContain($"shared_buffers = {buffers}MB"),
            text => text.ShouldContain($"effective_cache_size = {cache}MB"),
            text => text.ShouldContain($"max_wal_size = {wal}MB"));

    [Fact]
    public async Task Settings_of_its_own_file_are_the_operators_to_change()
    {
        await using (var cluster = await StartAsync())
            (await ReadAsync(cluster, "SELECT source FROM pg_settings WHERE name = 'shared_buffers'")).ShouldBe("configuration file");
        await File.AppendAllTextAsync(Path.Combine(_directory.Path, "postgres", "postgresql.conf"), "shared_buffers = 64MB\n", Ct);

        await using var again = await StartAsync();

        (await ReadAsync(again, "SHOW shared_buffers")).ShouldBe("64MB");
    }

    [Fact]
    public async Task Data_password_and_port_are_kept_from_one_run_to_the_next()
    {
        ClusterAddress first;
        await using (var cluster = await StartAsync())
        {
            first = cluster.Address;
            await ReadAsync(cluster, "CREATE TABLE kept AS SELECT 7 AS n");
        }

        await using var again = await StartAsync();

        again.Address.ShouldBe(first);
        (await ReadAsync(again, "SELECT n FROM kept")).ShouldBe("7");
    }

    [Fact]
    public async Task Ending_it_leaves_no_process()
    {
        var cluster = await StartAsync();
        ServerProcesses.In(cluster.Place.Directory).ShouldNotBeEmpty();

        await cluster.DisposeAsync();

        ServerProcesses.In(cluster.Place.Directory).ShouldBeEmpty();
        ServerProcesses.HasPidFile(cluster.Place.Directory).ShouldBeFalse();
    }

    [Fact]
    public async Task Others_find_it_while_it_runs_and_only_then()
    {
        PrivateCluster.FindRunning(_directory.Path).ShouldBeNull();
        await using (var cluster = await StartAsync())
            PrivateCluster.FindRunning(_directory.Path).ShouldBe(cluster.Address);
        PrivateCluster.FindRunning(_directory.Path).ShouldBeNull();
    }

    [Fact]
    public async Task The_superusers_password_is_random_and_for_its_owners_eyes_only()
    {
        using var other = TestDirectory.Create();
        await using (await StartAsync())
        {
        }

        var secrets = new Secrets(_directory.Path);

        Convert.FromBase64String(secrets[Secrets.Superuser]).Length.ShouldBe(32);
        secrets[Secrets.Superuser].ShouldNotBe(new Secrets(other.Path)[Secrets.Superuser]);
        File.GetUnixFileMode(secrets.FilePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.EnumerateFiles(_directory.Path).Where(f => f != secrets.FilePath && Path.GetFileName(f) != "run.lock").Select(File.ReadAllText)
            .ShouldAllBe(text => !text.Contains(secrets[Secrets.Superuser]));
    }

    [Fact]
    public async Task Under_root_it_lives_elsewhere_when_its_user_cannot_enter_the_directory()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs the server as somebody else.");
        var hidden = Path.Combine(_directory.Path, "hidden");
        Directory.CreateDirectory(hidden, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var place = await ClusterPlace.ChooseAsync(Path.Combine(hidden, "data"), await ServerUser.FindAsync(Ct), Ct);

        place.Directory.ShouldStartWith("/var/lib/hdms/");
        Directory.Delete(Path.GetDirectoryName(place.Directory)!);
    }

    [Fact]
    public async Task A_server_of_another_version_is_never_started_on_its_files()
    {
        await using (await StartAsync())
        {
        }

        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "postgres", "PG_VERSION"), "14\n", Ct);

        var refusal = await Should.ThrowAsync<OneLineError>(StartAsync);
        refusal.Code.ShouldBe(ExitCode.NoPostgres);
        refusal.Message.ShouldContain("made by PostgreSQL 14");
    }

    Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(new ClusterOptions(_directory.Path), NullLogger.Instance, Ct);

    static async Task<string?> ReadAsync(PrivateCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Address.ConnectionString());
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Ct))?.ToString();
    }
}
