using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Testing;

/// <summary>
/// A real PostgreSQL that is thrown away: configured and provisioned by the same code as the private cluster of
/// <c>hdms up</c>, but without waiting for the disk. It ends with the test process, or with the next run if that was killed.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    static readonly Lazy<Task<TestCluster>> SharedCluster = new(() => Task.Run(() => StartAsync(durable: false, Shared, CancellationToken.None)));

    // Room for the statements of all tests: none is forgotten before its test has looked.
    static Dictionary<string, string> Shared => new() { ["pg_stat_statements.max"] = "50000" };

    readonly TestDirectory _directory;
    readonly ClusterOptions _options;
    PrivateCluster _cluster;

    TestCluster(TestDirectory directory, ClusterOptions options, PrivateCluster cluster) =>
        (_directory, _options, _cluster) = (directory, options, cluster);

    /// <summary>Directory of the Unix socket: the host for Npgsql and libpq.</summary>
    public string Socket => _cluster.Place.Socket;

    /// <summary>Also on 127.0.0.1.</summary>
    public int Port => _cluster.Place.Port;

    /// <summary>Directory of psql, pg_dump and the other programs of this server's version.</summary>
    public string Programs => _cluster.Binaries.Directory;

    /// <summary>The cluster that all tests of this assembly share; started by the first that asks.</summary>
    public static Task<TestCluster> SharedAsync() => SharedCluster.Value;

    /// <summary>A cluster of one's own that survives <see cref="KillAsync"/>: it writes through to the disk as in production.</summary>
    public static Task<TestCluster> StartDurableAsync(CancellationToken ct = default) => StartAsync(durable: true, [], ct);

    /// <summary>A cluster of one's own with other settings than ours, thrown away like the shared one.</summary>
    public static Task<TestCluster> StartWithAsync(Dictionary<string, string> settings, CancellationToken ct = default) => StartAsync(durable: false, settings, ct);

    /// <summary>A cluster of one's own of another version of PostgreSQL, one of those that <c>./hdms test versions</c> fetches. Thrown away like the shared one.</summary>
    public static async Task<TestCluster> StartVersionAsync(int major, CancellationToken ct = default)
    {
        var directory = TestDirectory.Create();
        var programs = await FetchedPostgres.ProgramsAsync(major, directory, ct);
        return await StartAsync(directory, durable: false, programs, [], ct);
    }

    /// <summary>Npgsql's connection string of the superuser. Unpooled, so that no idle connection keeps a database from being dropped.</summary>
    public string ConnectionString(string database = "postgres") => _cluster.Address.ConnectionString(database);

    /// <summary>Npgsql's connection string of a role that <see cref="ProvisionAsync"/> made. Pooled, at most 15, as a service's.</summary>
    public string ConnectionString(string database, string role)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString(database))
        {
            Username = role,
            Password = PasswordOf(role),
            Pooling = true,
            MaxPoolSize = 15,
        };
        return builder.ConnectionString;
    }

    /// <summary><c>host:port/database</c>, as the settings <c>database</c> and <c>users_database</c> take it.</summary>
    public string Address(string database) => _cluster.Address.Of(database);

    /// <summary>The password of a role of a service, as <c>hdms_users</c> or <c>hdms_users_owner</c>.</summary>
    public string PasswordOf(string role) => _cluster.Secrets[role["hdms_".Length..] + "_password"];

    /// <summary>Roles and rights of these services in a database, made if it is not there: what <c>hdms up</c> does.</summary>
    public Task ProvisionAsync(string database, IReadOnlyList<Service> services, CancellationToken ct = default) =>
        new Provisioner(ConnectionString(), _cluster.Secrets, ours: true).EnsureAsync(database, services, ct);

    /// <summary>Runs a statement as the superuser.</summary>
    public async Task<int> ExecuteAsync(string sql, string database = "postgres", object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        return await connection.ExecuteAsync(sql, parameters);
    }

    /// <summary>The first value of the first row, read as the superuser.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, string database = "postgres", object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        return await connection.ExecuteScalarAsync<T>(sql, parameters);
    }

    /// <summary>kill -9 of every process of the server at once, as if the power had gone. Returns when they are dead.</summary>
    public async Task KillAsync()
    {
        foreach (var pid in ServerProcesses.In(_cluster.Place.Directory))
            ServerProcesses.Kill(pid);
        while (ServerProcesses.In(_cluster.Place.Directory).Count > 0)
            await Task.Delay(5);
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Starts the server again on the same port, after <see cref="KillAsync"/> or stopping it first.</summary>
    public async Task RestartAsync(CancellationToken ct = default)
    {
        await _cluster.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        _cluster = await PrivateCluster.StartAsync(_options, NullLogger.Instance, ct);
    }

    /// <summary>A copy of what is on the disk of a killed server, for <see cref="PutBackAsync"/>: as a standby has it that was behind, or a backup.</summary>
    public Task SaveAsync() => RunAsync("cp", "-a", _cluster.Place.Directory, _cluster.Place.Directory + ".saved");

    /// <summary>The disk of a killed server is again what it was at <see cref="SaveAsync"/>.</summary>
    public async Task PutBackAsync()
    {
        await RunAsync("rm", "-r", _cluster.Place.Directory);
        await RunAsync("cp", "-a", _cluster.Place.Directory + ".saved", _cluster.Place.Directory);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
    }

    static Task<TestCluster> StartAsync(bool durable, Dictionary<string, string> settings, CancellationToken ct) =>
        StartAsync(TestDirectory.Create(), durable, Environment.GetEnvironmentVariable("HDMS_PG_BIN"), settings, ct);

    static async Task<TestCluster> StartAsync(TestDirectory directory, bool durable, string? programs, Dictionary<string, string> settings, CancellationToken ct)
    {
        // Tables of tests are small: statements whose estimate is large would be compiled for longer than they run.
        settings = new Dictionary<string, string>(settings) { ["jit"] = "off" };
        // Not supervised: a test that kills the server decides when it comes back.
        var options = new ClusterOptions(directory.Path) { Durable = durable, Supervised = false, PgBin = programs, Settings = settings };
        return new TestCluster(directory, options, await PrivateCluster.StartAsync(options, NullLogger.Instance, ct));
    }
}
