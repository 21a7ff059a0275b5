using System.Security.Cryptography;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>A pair of databases between which the move <c>shop</c> is under way, with the state's schema on the target.</summary>
sealed class PairInMove : IAsyncDisposable
{
    public const string Move = "shop";

    public DatabasePair Databases { get; private init; } = null!;
    public PgServer Source => Databases.Source;
    public PgServer Target => Databases.Target;

    /// <param name="tables">Statements that make the tables, run on both sides.</param>
    public static async Task<PairInMove> CreateAsync(string tables, bool twoClusters = false)
    {
        var pair = new PairInMove { Databases = await DatabasePair.CreateAsync(twoClusters) };
        using var schema = new StreamReader(typeof(PgServer).Assembly.GetManifestResourceStream("PgSplit.Control.Schema.sql")!);
        await pair.OnTargetAsync(await schema.ReadToEndAsync());
        await pair.OnTargetAsync($"INSERT INTO pgsplit.move (move_id, side, epoch, owner, open, state, definition) VALUES ('{Move}', 'T', 1, 'S', false, 'COPYING', '{{}}')");
        await pair.OnSourceAsync(tables);
        await pair.OnTargetAsync(tables);
        return pair;
    }

    /// <summary>One with the tables and values of Zoo/, where no type of one's own has the same OID on both sides.</summary>
    public static async Task<PairInMove> WithZooAsync()
    {
        var pair = await CreateAsync("");
        await pair.OnTargetAsync("CREATE TYPE first_comer AS ENUM ('x'); CREATE TABLE first_table (a int)");
        foreach (var on in new[] { pair.OnSourceAsync, (Func<string, Task>)pair.OnTargetAsync })
            await on(await File.ReadAllTextAsync(Zoo("tables.sql")));
        await pair.OnTargetAsync("DROP TABLE first_table");
        await pair.OnSourceAsync(await File.ReadAllTextAsync(Zoo("values.sql")));
        return pair;
    }

    public Task OnSourceAsync(string sql) => Databases.OnSourceAsync(sql);

    public Task OnTargetAsync(string sql) => Databases.OnTargetAsync(sql);

    /// <summary>All tables of the source but the engine's own.</summary>
    public async Task<IReadOnlyList<Table>> TablesAsync()
    {
        await using var connection = await Source.OpenAsync("test", CancellationToken.None);
        var names = await connection.QueryAsync(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'pgsplit')",
            r => new QualifiedName(r.GetString(0), r.GetString(1)), CancellationToken.None);
        return await TableReader.ReadAsync(connection, names, CancellationToken.None);
    }

    public async Task<CopyResult> CopyAsync(MoveOptions? options = null, IProgress<MoveProgress>? progress = null, CopyHooks? hooks = null, CancellationToken ct = default) =>
        await CopyGroup.RunAsync(Source, Target, Move, await TablesAsync(), options ?? new MoveOptions(), progress, hooks, ct);

    /// <summary>What PostgreSQL itself prints of a table's rows, in an order of their own.</summary>
    public static async Task<string> ContentsAsync(PgServer server, Table table)
    {
        await using var connection = await server.OpenAsync("test", CancellationToken.None);
        await connection.ExecuteAsync("SET search_path = public, pg_catalog", CancellationToken.None);
        var columns = string.Join(", ", table.Columns.Select(c => c.Sql));
        using var reader = await connection.BeginTextExportAsync(
            $"COPY (SELECT {columns} FROM {(table.HoldsRows ? "ONLY " : "")}{table.Name.Sql} t ORDER BY t::text COLLATE \"C\") TO STDOUT");
        return Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(await reader.ReadToEndAsync())));
    }

    public async Task ShouldBeEqualAsync()
    {
        foreach (var table in await TablesAsync())
            (await ContentsAsync(Target, table)).ShouldBe(await ContentsAsync(Source, table), table.ToString());
    }

    public ValueTask DisposeAsync() => Databases.DisposeAsync();

    static string Zoo(string file) => Path.Combine(AppContext.BaseDirectory, "Zoo", file);
}
