using System.Security.Cryptography;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Pg;
using PgSplit.Verify;

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
            $"COPY (SELECT {columns} FROM {(table.HoldsRows ? "ONLY " : "")}{table.Name.Sql} whole_row_ ORDER BY whole_row_::text COLLATE \"C\") TO STDOUT");
        return Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(await reader.ReadToEndAsync())));
    }

    public async Task ShouldBeEqualAsync()
    {
        foreach (var table in await TablesAsync())
            (await ContentsAsync(Target, table)).ShouldBe(await ContentsAsync(Source, table), table.ToString());
    }

    /// <summary>Compares all tables as both sides are now, or were before what is done in between.</summary>
    public async Task<VerificationResult> VerifyAsync(MoveOptions? options = null, bool resume = false, Func<Task>? betweenSnapshotAndStart = null, IReadOnlyList<Table>? tables = null)
    {
        await using var source = await Source.OpenAsync("test", default);
        await using var target = await Target.OpenAsync("test", default);
        var snapshots = new List<string>();
        foreach (var side in new[] { source, target })
        {
            await side.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", default);
            snapshots.Add((await side.ScalarAsync<string>("SELECT pg_export_snapshot()", default))!);
        }

        var lsn = await source.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_current_wal_lsn()", default);
        tables ??= await TablesAsync();
        if (betweenSnapshotAndStart is not null)
            await betweenSnapshotAndStart();
        return await Verification.RunAsync(
            Source, Target, Target, Move, tables, new SnapshotPair(lsn, snapshots[0], snapshots[1]), options ?? new MoveOptions(), resume, null, default);
    }

    /// <summary>What the last verification kept: <c>changed tickets 5 title</c>.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        await using var target = await Target.OpenAsync("test", default);
        return await target.QueryAsync(
            "SELECT kind, name, key, columns FROM pgsplit.diff",
            r => $"{r.GetString(0)} {r.GetString(1)} {string.Join('|', r.GetFieldValue<string?[]>(2))} {string.Join(',', r.GetFieldValue<string[]>(3))}".TrimEnd(' '), default);
    }

    /// <summary>Repairs all differences kept; the tables that had any.</summary>
    public async Task<IReadOnlyList<Table>> RepairAsync()
    {
        await using var source = await Source.OpenAsync("test", default);
        await using var target = await Target.OpenAsync("test", default);
        var kept = await target.QueryAsync(
            "SELECT schema, name, key, kind FROM pgsplit.diff",
            r => new Difference(new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<string?[]>(2), Enum.Parse<DifferenceKind>(r.GetString(3), ignoreCase: true), []), default);
        var tables = (await TablesAsync()).Where(t => kept.Any(d => d.Table == t.Name)).ToArray();
        await target.ExecuteAsync("BEGIN", default);
        await target.ExecuteAsync("SET LOCAL session_replication_role = replica", default);
        foreach (var table in tables)
            await Repair.RunAsync(source, target, table, [.. kept.Where(d => d.Table == table.Name)], default);
        await target.ExecuteAsync("COMMIT", default);
        return tables;
    }

    public ValueTask DisposeAsync() => Databases.DisposeAsync();

    static string Zoo(string file) => Path.Combine(AppContext.BaseDirectory, "Zoo", file);
}
