using System.Collections.Concurrent;
using Hdms.Testing;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Tests.Zoo;

/// <summary>A source with one of everything (schema.sql), and an empty target with the engine's schema.</summary>
sealed class ZooPair : IAsyncDisposable
{
    public const string Move = "zoo";

    static readonly ConcurrentDictionary<TestCluster, Lazy<Task>> Roles = new();

    readonly DatabasePair _pair;

    ZooPair(DatabasePair pair, NpgsqlConnection source, NpgsqlConnection target) => (_pair, Source, Target) = (pair, source, target);

    public NpgsqlConnection Source { get; }
    public NpgsqlConnection Target { get; }
    public PgServer TargetServer => _pair.Target;
    public PgServer SourceServer => _pair.Source;
    public MoveSet Set { get; private set; } = null!;

    /// <summary>The whole zoo, or what a script makes of the source.</summary>
    /// <param name="twoClusters">The target's knows none of the zoo's roles.</param>
    public static async Task<ZooPair> CreateAsync(string? script = null, bool twoClusters = false)
    {
        var pair = await DatabasePair.CreateAsync(twoClusters);
        return await OfAsync(pair, script, pair.Clusters[..1]);
    }

    public static async Task<ZooPair> CreateAsync(TestCluster source, TestCluster target, string? script = null) =>
        await OfAsync(await DatabasePair.CreateAsync(source, target), script, [source, target]);

    static async Task<ZooPair> OfAsync(DatabasePair pair, string? script, TestCluster[] withRoles)
    {
        foreach (var cluster in withRoles.Distinct())
            await Roles.GetOrAdd(cluster, c => new(() => Task.Run(() => MakeRolesAsync(c)))).Value;
        if (script is null)
            await ClientProgram.RunAsync("psql", pair.Source, ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", Path.Combine(AppContext.BaseDirectory, "Zoo", "schema.sql")]);
        else
            await pair.OnSourceAsync(script);
        var zoo = new ZooPair(pair, await pair.Source.OpenAsync("test", CancellationToken.None), await pair.Target.OpenAsync("test", CancellationToken.None));
        await using var schema = typeof(MoveDefinition).Assembly.GetManifestResourceStream("PgSplit.Control.Schema.sql")!;
        var sql = await new StreamReader(schema).ReadToEndAsync();
        await zoo.Target.ExecuteAsync(sql, CancellationToken.None);
        await zoo.ReadAsync();
        return zoo;
    }

    /// <summary>All tables of the source but partitions and the engine's own.</summary>
    public async Task ReadAsync()
    {
        var tables = await Source.QueryAsync(
            """
            SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pgsplit') AND n.nspname !~ '^pg_'
              AND NOT starts_with(c.relname, 'outside')
            ORDER BY 1, 2
            """,
            r => new QualifiedName(r.GetString(0), r.GetString(1)), CancellationToken.None);
        Set = await MoveSet.ReadAsync(Source, tables, CancellationToken.None);
    }

    public Task<IReadOnlyList<string>> CreateTablesAsync() => TargetTables.CreateAsync(Source, Target, Move, Set, CancellationToken.None);

    /// <summary>Rows are of no concern here: the target stays empty.</summary>
    public async Task<FinishReport> CreateAllAsync()
    {
        await CreateTablesAsync();
        await TargetIndexes.BuildAsync(Source, TargetServer, Set, new IndexOptions(), null, CancellationToken.None);
        return await TargetFinish.RunAsync(Source, Target, TargetServer, Move, Set, workers: 2, CancellationToken.None);
    }

    public Task<IReadOnlyList<CatalogDifference>> DiffAsync() => CatalogDiff.CompareAsync(Source, Target, Set, CancellationToken.None);

    public Task DropAsync() => TargetTables.DropAsync(Target, Move, CancellationToken.None);

    /// <summary>As an application would: the engine's sessions have other names.</summary>
    public static async Task AsApplicationAsync(NpgsqlConnection connection, string sql)
    {
        await connection.ExecuteAsync("SET application_name = 'app'", CancellationToken.None);
        try
        {
            await connection.ExecuteAsync(sql, CancellationToken.None);
        }
        finally
        {
            await connection.ExecuteAsync("SET application_name = 'pgsplit test'", CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
        await _pair.DisposeAsync();
    }

    static async Task MakeRolesAsync(TestCluster cluster) =>
        await cluster.ExecuteAsync("""CREATE ROLE zoo_owner; CREATE ROLE "Zoo reader"; CREATE ROLE "zoo migrator" LOGIN CREATEDB IN ROLE zoo_owner""");
}
