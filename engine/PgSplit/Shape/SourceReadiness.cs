using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// What a change of shape needs on the source while the move is open, and nothing after: whole old rows in the stream where an expression
/// reads values that may be stored apart, and an index over computed keys, by which a UUID finds its row.
/// </summary>
static class SourceReadiness
{
    /// <summary>How the names of its indexes begin.</summary>
    public const string KeyIndex = "pgsplit_key_";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Does nothing the second time.</summary>
    public static async Task PrepareAsync(NpgsqlConnection source, string moveId, IReadOnlyList<ShapedTable> shapes, CancellationToken ct)
    {
        foreach (var shape in shapes.Where(s => s.FromNeedsFull))
        {
            var was = await source.ScalarAsync<string>(
                """
                SELECT CASE relreplident WHEN 'f' THEN NULL WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || (
                    SELECT quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) END
                FROM pg_class c WHERE c.oid = $1::regclass
                """, ct, shape.From.Sql);
            if (was is null)
                continue;
            // Noted before it is changed: what is taken back is what was there.
            await Journal.EventAsync(source, moveId, "replica identity", new { table = shape.From.Sql, was }, ct);
            await ShortAsync(source, shape.From, $"ALTER TABLE {shape.From.Sql} REPLICA IDENTITY FULL", ct);
        }

        foreach (var (of, column) in Keys(shapes))
        {
            var index = IndexOf(of);
            // One that was interrupted is there, and of no use.
            if (await source.ScalarAsync<bool>("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", ct, index.Sql))
                await source.ExecuteAsync($"DROP INDEX {index.Sql}", ct);
            if (await source.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, index.Sql))
                continue;
            await source.ExecuteAsync($"CREATE INDEX CONCURRENTLY {Sql.Name(index.Name)} ON {of.Sql} ({UuidKey.Computed(of, Sql.Name(column))})", ct);
        }
    }

    /// <summary>Takes it back.</summary>
    public static async Task UndoAsync(NpgsqlConnection source, string moveId, IReadOnlyList<ShapedTable> shapes, CancellationToken ct)
    {
        foreach (var (of, _) in Keys(shapes))
        {
            // Another service's move finds its references by the same index.
            if (await source.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, IndexOf(of).Sql)
                && !await source.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.move WHERE side = 'S' AND move_id <> $1 AND state NOT IN ('Completed', 'Cancelled'))", ct, moveId))
            {
                await ShortAsync(source, of, $"DROP INDEX {IndexOf(of).Sql}", ct);
            }
        }

        foreach (var shape in shapes.Where(s => s.FromNeedsFull))
        {
            var was = await source.ScalarAsync<string>(
                "SELECT data->>'was' FROM pgsplit.event WHERE move_id = $1 AND type = 'replica identity' AND data->>'table' = $2 ORDER BY id DESC LIMIT 1", ct, moveId, shape.From.Sql);
            if (was is not null && await source.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, shape.From.Sql))
                await ShortAsync(source, shape.From, $"ALTER TABLE {shape.From.Sql} REPLICA IDENTITY {was}", ct);
        }
    }

    static IEnumerable<(QualifiedName Of, string Column)> Keys(IReadOnlyList<ShapedTable> shapes) =>
        shapes.SelectMany(s => s.Columns).Where(c => c.Kind == ColumnKind.Key).Select(c => (c.Of!.Value, c.OfColumn!)).Distinct();

    static QualifiedName IndexOf(QualifiedName table) => new(table.Schema, $"{KeyIndex}{Convert.ToHexStringLower(UuidKey.NamespaceOf(table)[..6])}");

    static Task ShortAsync(NpgsqlConnection session, QualifiedName table, string statement, CancellationToken ct) => LockRetry.RunAsync(session, table, Patience, async () =>
    {
        await using var transaction = await session.BeginTransactionAsync(ct);
        await session.ExecuteAsync($"SET LOCAL lock_timeout = '200ms'; {statement}", ct);
        await transaction.CommitAsync(ct);
    }, ct);
}
