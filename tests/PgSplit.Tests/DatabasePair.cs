using Hdms.Testing;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>A source and a target of one's own: two empty databases, of one cluster (the usual case, and the harder one: PROTOCOL 1.13) or of two.</summary>
sealed class DatabasePair : IAsyncDisposable
{
    static readonly Lazy<Task<TestCluster>> SecondCluster = new(() => Task.Run(() => TestCluster.StartDurableAsync()));

    readonly TestCluster _sourceCluster, _targetCluster;

    DatabasePair(TestCluster source, TestCluster target, string name)
    {
        (_sourceCluster, _targetCluster) = (source, target);
        Source = Server(source, name + "_s");
        Target = Server(target, name + "_t");
    }

    public PgServer Source { get; }
    public PgServer Target { get; }

    /// <summary>The source's, the target's.</summary>
    public TestCluster[] Clusters => [_sourceCluster, _targetCluster];

    public static async Task<DatabasePair> CreateAsync(bool twoClusters = false)
    {
        var source = await TestCluster.SharedAsync();
        return await CreateAsync(source, twoClusters ? await SecondCluster.Value : source);
    }

    public static async Task<DatabasePair> CreateAsync(TestCluster source, TestCluster target)
    {
        var pair = await CreateSourceAsync(source, target);
        await pair._targetCluster.ExecuteAsync($"CREATE DATABASE {pair.Target.Address.Database}");
        return pair;
    }

    /// <summary>A pair whose target is not there.</summary>
    public static async Task<DatabasePair> CreateSourceAsync()
    {
        var cluster = await TestCluster.SharedAsync();
        return await CreateSourceAsync(cluster, cluster);
    }

    static async Task<DatabasePair> CreateSourceAsync(TestCluster source, TestCluster target)
    {
        var pair = new DatabasePair(source, target, $"t{Guid.NewGuid():n}"[..13]);
        await pair._sourceCluster.ExecuteAsync($"CREATE DATABASE {pair.Source.Address.Database}");
        return pair;
    }

    /// <summary>Runs a script on the source, with the schema public on the search path as an application has it.</summary>
    public Task OnSourceAsync(string sql) => RunAsync(Source, sql);

    public Task OnTargetAsync(string sql) => RunAsync(Target, sql);

    public async Task<T?> FromSourceAsync<T>(string sql) => await ValueAsync<T>(Source, sql);

    public async Task<T?> FromTargetAsync<T>(string sql) => await ValueAsync<T>(Target, sql);

    public async ValueTask DisposeAsync()
    {
        foreach (var (cluster, server) in new[] { (_sourceCluster, Source), (_targetCluster, Target) })
        {
            var database = server.Address.Database;
            await cluster.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = @database AND pid <> pg_backend_pid()", parameters: new { database });
            await cluster.ExecuteAsync("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = @database AND NOT active", parameters: new { database });
            await cluster.ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        }
    }

    static PgServer Server(TestCluster cluster, string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(cluster.ConnectionString(database));
        var password = builder.Password is { Length: > 0 } p ? ":" + Uri.EscapeDataString(p) : "";
        return new PgServer(PgAddress.Parse($"postgres://{builder.Username}{password}@127.0.0.1:{cluster.Port}/{database}"));
    }

    static async Task RunAsync(PgServer server, string sql)
    {
        await using var connection = await server.OpenAsync("test", CancellationToken.None);
        await connection.ExecuteAsync("SET search_path = public, pg_catalog;" + sql, CancellationToken.None);
    }

    static async Task<T?> ValueAsync<T>(PgServer server, string sql)
    {
        await using var connection = await server.OpenAsync("test", CancellationToken.None);
        await connection.ExecuteAsync("SET search_path = public, pg_catalog", CancellationToken.None);
        return await connection.ScalarAsync<T>(sql, CancellationToken.None);
    }
}
