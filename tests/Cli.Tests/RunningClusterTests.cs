using System.Net;
using System.Net.NetworkInformation;
using Hdms.Cli.Cluster;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>A private cluster that runs.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    readonly TestDirectory _directory = TestDirectory.Create();

    public string Data => _directory.Path;

    internal PrivateCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await StartAsync();

    internal Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(new ClusterOptions(Data), NullLogger.Instance, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
            await Cluster.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class RunningClusterTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void It_listens_on_127_0_0_1_and_nowhere_else()
    {
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == running.Cluster.Place.Port);

        listening.Select(l => l.Address).ShouldBe([IPAddress.Loopback]);
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_password()
    {
        (await ReadAsync("SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules")).ShouldBe("scram-sha-256");
        var stranger = new NpgsqlConnectionStringBuilder(running.Cluster.Address.ConnectionString()) { Password = "guess" };
        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        (await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync(Ct))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task It_is_set_up_to_survive_a_crash_and_to_be_moved()
    {
        foreach (var (setting, value) in new[]
        {
            ("fsync", "on"), ("data_checksums", "on"), ("full_page_writes", "on"), ("wal_level", "logical"), ("server_encoding", "UTF8"),
            ("max_replication_slots", "64"), ("max_wal_senders", "64"), ("max_connections", "300"), ("shared_preload_libraries", "pg_stat_statements"),
        })
            (await ReadAsync($"SHOW {setting}")).ShouldBe(value, setting);
    }

    [Fact]
    public async Task A_second_one_on_the_same_directory_is_refused_and_told_who_has_it()
    {
        var refusal = await Should.ThrowAsync<OneLineError>(running.StartAsync);

        refusal.Code.ShouldBe(ExitCode.InUse);
        refusal.Message.ShouldBe($"{running.Data} is in use by process {Environment.ProcessId}.");
    }

    async Task<string?> ReadAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(running.Cluster.Address.ConnectionString());
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Ct))?.ToString();
    }
}
