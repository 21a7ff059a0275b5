using Hdms.Cli.Cluster;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Cli.Tests;

public sealed class ClusterCrashTests : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_server_that_is_killed_while_we_run_is_started_again_with_everything_committed()
    {
        await using var cluster = await StartAsync();
        await RunAsync(cluster.Address, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
        var killed = cluster.Pid;

        ServerProcesses.Kill(killed);
        await WaitUntilAsync(() => CountAsync(cluster.Address), 1000);

        cluster.Pid.ShouldNotBe(killed);
    }

    [Fact]
    public async Task All_of_the_server_killed_at_once_loses_nothing_committed()
    {
        await using var cluster = await TestCluster.StartDurableAsync(Ct);
        await cluster.ExecuteAsync("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");

        await cluster.KillAsync();
        await cluster.RestartAsync(Ct);

        (await cluster.ScalarAsync<long>("SELECT count(*) FROM kept")).ShouldBe(1000);
    }

    [Fact]
    public async Task A_server_that_outlived_its_program_is_stopped_and_started_under_us()
    {
        var place = await MakeAsync();
        using var leftover = await StartLeftoverAsync(place);

        await using var cluster = await StartAsync();

        cluster.Pid.ShouldNotBe(leftover.Pid);
        await leftover.ExitedAsync(Ct);
        leftover.ExitCode.ShouldBe(0, "it was asked to stop, not killed");
    }

    [Fact]
    public async Task Backends_that_outlived_their_server_are_waited_for()
    {
        var place = await MakeAsync();
        using var leftover = await StartLeftoverAsync(place);
        // A backend in a long computation does not notice that its postmaster is gone.
        var busy = RunAsync(AddressOf(place), "SELECT count(*) FROM generate_series(1, 1000000000)");
        await WaitUntilAsync(() => CountAsync(AddressOf(place), "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%1000000000)' AND state = 'active' AND pid <> pg_backend_pid()"), 1);
        ServerProcesses.Kill(leftover.Pid);
        await leftover.ExitedAsync(Ct);
        ServerProcesses.In(place.Directory).ShouldNotBeEmpty();

        await using var cluster = await StartAsync();

        await Should.ThrowAsync<NpgsqlException>(busy);
    }

    [Fact]
    public async Task A_lock_file_that_names_an_unrelated_process_is_put_aside()
    {
        var place = await MakeAsync();
        await File.WriteAllTextAsync(ServerProcesses.PidFile(place.Directory), $"{Environment.ProcessId}\n{place.Directory}\n", Ct);

        await using var cluster = await StartAsync();

        cluster.Pid.ShouldNotBe(Environment.ProcessId);
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_again()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "postgres.new", "base"));

        await using var cluster = await StartAsync();

        Directory.Exists(Path.Combine(_directory.Path, "postgres.new")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_port_taken_by_another_program_is_given_up_for_a_free_one()
    {
        var place = await MakeAsync();
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, place.Port);
        other.Start();

        await using var cluster = await StartAsync();

        cluster.Place.Port.ShouldNotBe(place.Port);
        ClusterPlace.Load(_directory.Path).ShouldBe(cluster.Place);
    }

    Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(new ClusterOptions(_directory.Path), NullLogger.Instance, Ct);

    async Task<ClusterPlace> MakeAsync()
    {
        await using var cluster = await StartAsync();
        return cluster.Place;
    }

    // On the disk and among the processes this is what a killed program leaves: a server, and a lock that nobody holds.
    async Task<Postmaster> StartLeftoverAsync(ClusterPlace place)
    {
        var postmaster = Postmaster.Start(place, await PostgresBinaries.FindAsync(null, null, Ct), await ServerUser.FindAsync(Ct), new ClusterOptions(place.Directory));
        await postmaster.ReadyAsync(AddressOf(place), progress: null, Ct);
        return postmaster;
    }

    ClusterAddress AddressOf(ClusterPlace place) => new(place.Socket, place.Port, new Provisioning.Secrets(_directory.Path)[Provisioning.Secrets.Superuser]);

    static async Task RunAsync(ClusterAddress address, string sql)
    {
        await using var connection = new NpgsqlConnection(address.ConnectionString());
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(Ct);
    }

    static async Task<long?> CountAsync(ClusterAddress address, string sql = "SELECT count(*) FROM kept")
    {
        try
        {
            await using var connection = new NpgsqlConnection(address.ConnectionString());
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand(sql, connection);
            return (long?)await command.ExecuteScalarAsync(Ct);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    static async Task WaitUntilAsync(Func<Task<long?>> read, long wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await read() != wanted)
            await Task.Delay(20, patience.Token);
    }
}
