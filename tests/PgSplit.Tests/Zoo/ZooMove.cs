using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests.Zoo;

/// <summary>
/// Every kind of type, name and shape through a whole move: copied, then deleted, inserted, updated and given other keys while it is
/// followed, there and back. The judge is COPY's text of both sides, which shares nothing with the engine's own verification.
/// </summary>
static class ZooMove
{
    static readonly CancellationToken Ct = CancellationToken.None;

    // REPLICA IDENTITY for what has no key: plan refuses it otherwise.
    const string Followable =
        """
        ALTER TABLE no_columns REPLICA IDENTITY FULL; ALTER TABLE only_generated REPLICA IDENTITY FULL; ALTER TABLE no_key REPLICA IDENTITY FULL;
        ALTER TABLE wide_bare REPLICA IDENTITY FULL; ALTER TABLE full_kinds REPLICA IDENTITY FULL;
        """;

    public static async Task<string> SchemaAsync() => string.Concat(await Task.WhenAll(
        new[] { "tables.sql", "values.sql", "following.sql" }.Select(f => File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Zoo", f), Ct)))) + Followable;

    /// <param name="world">With <see cref="SchemaAsync"/> on its source.</param>
    public static async Task ThereAndBackAsync(MoveWorld world)
    {
        var tables = await TablesAsync(world.Pair.Source);
        world.Definition = world.Definition with { Tables = [.. tables.Where(t => t.Parent is null).Select(t => t.Name)] };
        await using var move = await world.InSyncAsync();
        await ShouldBeEqualAsync(world, tables, "copied");

        await ChangeAllAsync(world.Pair.Source, tables, async what => await FollowedAsync(world, move, Side.Source, tables, what));
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await ChangeAllAsync(world.Pair.Target, tables, async what => await FollowedAsync(world, move, Side.Target, tables, what));
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);
        await ShouldBeEqualAsync(world, tables, "reversed");
    }

    // Each step in transactions of its own, and waited for: else the stream would write their sum.
    static async Task ChangeAllAsync(PgServer server, IReadOnlyList<Table> tables, Func<string, Task> followed)
    {
        await using var session = await server.OpenAsync("zoo", Ct);
        await session.ExecuteAsync("SET search_path = public, pg_catalog", Ct);
        foreach (var table in tables.Where(t => t.Parent is null))
            await session.ExecuteAsync($"CREATE TEMP TABLE {Kept(table)} AS SELECT * FROM {Rows(table)}", Ct);
        foreach (var table in tables.Where(t => t.Parent is null))
            await session.ExecuteAsync($"DELETE FROM {Rows(table)}", Ct);
        await followed("deleted");

        foreach (var table in tables.Where(t => t.Parent is null))
        {
            var columns = string.Join(", ", table.Written.Select(c => c.Sql));
            await session.ExecuteAsync(columns.Length > 0
                ? $"INSERT INTO {table.Name.Sql} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {Kept(table)}"
                : $"INSERT INTO {table.Name.Sql} SELECT FROM {Kept(table)}", Ct);
        }

        await followed("inserted");
        // Nothing changes, and large values are not sent.
        foreach (var table in tables.Where(t => t.Parent is null && Settable(t).Any()))
            await session.ExecuteAsync($"UPDATE {Rows(table)} SET {string.Join(", ", Settable(table).Select(c => $"{c.Sql} = {c.Sql}"))}", Ct);
        await followed("updated to the same");

        // Each row gets the values of another one, in all columns but the key.
        foreach (var table in tables.Where(t => t.Parent is null && Settable(t).Any(c => !Unmoved(t).Contains(c.Name))))
        {
            await session.ExecuteAsync(
                $"""
                UPDATE {Rows(table)} t SET {string.Join(", ", Settable(table).Where(c => !Unmoved(table).Contains(c.Name)).Select(c => $"{c.Sql} = s.{c.Sql}"))}
                FROM (SELECT row_number() OVER () AS n_, * FROM {Kept(table)}) s, (SELECT ctid AS c, tableoid AS o, row_number() OVER () AS n FROM {Rows(table)}) r
                WHERE t.ctid = r.c AND t.tableoid = r.o AND s.n_ = r.n % (SELECT count(*) FROM {Kept(table)}) + 1
                """, Ct);
        }

        await followed("updated");
        await session.ExecuteAsync(OtherKeys, Ct);
        await followed("given other keys");
        foreach (var table in tables.Where(t => t.Parent is null))
            await session.ExecuteAsync($"DELETE FROM {Rows(table)} WHERE (ctid, tableoid) IN (SELECT ctid, tableoid FROM {Rows(table)} LIMIT (SELECT count(*) / 3 FROM {Rows(table)}))", Ct);
        await followed("deleted in part");
        foreach (var table in tables.Where(t => t.Parent is null))
            await session.ExecuteAsync($"DROP TABLE {Kept(table)}", Ct);
    }

    const string OtherKeys =
        """
        UPDATE bit_key SET b = ~b, c = c || 'x'; UPDATE case_key SET k = upper(k); UPDATE citext_key SET k = upper(k::text); UPDATE large_key SET k = reverse(k);
        UPDATE large_key SET n = n + 1; UPDATE nested SET id = id + 1000; UPDATE extended SET id = -id, c = c::text || 'x'; UPDATE numbers SET id = id + 1000; UPDATE other.numbers SET id = 7;
        UPDATE documents SET id = id + 1000; UPDATE texts SET id = id + 1000; UPDATE times SET id = id + 1000; UPDATE arrays SET id = id + 1000; UPDATE own_types SET id = id + 1000;
        UPDATE identities SET id = -id; UPDATE identities SET a = DEFAULT WHERE id = -2; UPDATE identities SET a = DEFAULT, id = 3 WHERE id = -3; UPDATE only_identity SET id = DEFAULT;
        UPDATE generated SET id = DEFAULT, t = repeat('t', 3000) WHERE net < 500; UPDATE text_key SET t = t || 'x', c = 'abcd' WHERE c = 'a'; UPDATE enum_key SET m = 'sad', n = n + 3 WHERE m = 'happy' AND n = 2;
        UPDATE unique_key SET a = a + 1000, b = 'z' WHERE a < 10; UPDATE parts SET at = at + 366 WHERE id < 200; UPDATE ONLY parent SET id = id + 10; UPDATE child SET id = id + 10; UPDATE domain_key SET k = k || 'ß';
        UPDATE time_key SET i = i / 2, d = '0001-01-01 BC' WHERE d = 'infinity' AND ts = '-infinity' AND u < 'f0000000-0000-0000-0000-000000000000';
        """;

    static IEnumerable<Column> Settable(Table table) => table.Written.Where(c => c.Identity != 'a');

    // Keys, and what is unique or decides the partition.
    static string[] Unmoved(Table table) => [.. table.Key, .. table.Name.Name switch { "extended" => ["c"], _ => (string[])[] }];

    // Of a parent by inheritance its own rows only; an INSERT knows no ONLY.
    static string Rows(Table table) => table.Kind == TableKind.Ordinary ? $"ONLY {table.Name.Sql}" : table.Name.Sql;

    static string Kept(Table table) => Sql.Name($"kept {table.Oid}");

    static async Task FollowedAsync(MoveWorld world, Move move, Side from, IReadOnlyList<Table> tables, string what)
    {
        await using var session = await (from == Side.Source ? world.Pair.Source : world.Pair.Target).OpenAsync("test", Ct);
        var barrier = await Follow.BarrierMessage.EmitAsync(session, world.Definition.Id, 0, Ct);
        await move.Streams!.From(from).ReachedAsync(barrier, Ct).WaitAsync(TimeSpan.FromMinutes(3), Ct);
        await ShouldBeEqualAsync(world, tables, what);
    }

    static async Task ShouldBeEqualAsync(MoveWorld world, IReadOnlyList<Table> tables, string what)
    {
        foreach (var table in tables)
            (await PairInMove.ContentsAsync(world.Pair.Target, table)).ShouldBe(await PairInMove.ContentsAsync(world.Pair.Source, table), $"{table} when {what}");
    }

    static async Task<IReadOnlyList<Table>> TablesAsync(PgServer server)
    {
        await using var session = await server.OpenAsync("test", Ct);
        var names = await session.QueryAsync(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'pgsplit')", r => new QualifiedName(r.GetString(0), r.GetString(1)), Ct);
        return await TableReader.ReadAsync(session, names, Ct);
    }
}
