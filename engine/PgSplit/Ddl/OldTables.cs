using Npgsql;
using PgSplit.Catalog;
using PgSplit.Fencing;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>What becomes of the source's tables once a move is complete.</summary>
static class OldTables
{
    internal enum Fate
    {
        /// <summary>They stay, behind the closed fence: a client of before is refused and told where to go.</summary>
        Keep,

        /// <summary>They stay under the name <c>…_moved</c>, behind the fence.</summary>
        Rename,

        /// <summary>They go, with the views that read only them.</summary>
        Drop,
    }

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="PgSplitException">Something else depends on a table that is to be dropped; it is named, and nothing is dropped.</exception>
    public static async Task DisposeOfAsync(NpgsqlConnection source, string moveId, MoveSet set, Fate fate, CancellationToken ct)
    {
        switch (fate)
        {
            case Fate.Rename:
                foreach (var table in set.Tables.Where(t => t.Kind != TableKind.Partition && t.Parent is null))
                {
                    if (await ExistsAsync(source, table.Name, ct))
                        await ShortAsync(source, table.Name, $"ALTER TABLE {table.Name.Sql} RENAME TO {Sql.Name(Shortened(table.Name.Name))}", ct);
                }

                break;
            case Fate.Drop:
                await DropAsync(source, set, ct);
                await source.ExecuteAsync($"DROP FUNCTION IF EXISTS {Fence.FunctionOf(moveId)}()", ct);
                break;
        }
    }

    static async Task DropAsync(NpgsqlConnection source, MoveSet set, CancellationToken ct)
    {
        var tables = new List<QualifiedName>();
        foreach (var table in set.Tables.Where(t => t.Parent is null))
        {
            if (await ExistsAsync(source, table.Name, ct))
                tables.Add(table.Name);
        }

        if (tables.Count == 0)
            return;
        var views = set.Of(ObjectKind.View, ObjectKind.MaterializedView).Reverse()
            .Select(v => $"DROP {(v.Kind == ObjectKind.View ? "VIEW" : "MATERIALIZED VIEW")} IF EXISTS {v.Identity};");
        try
        {
            await ShortAsync(source, tables[0], $"{string.Concat(views)} DROP TABLE {string.Join(", ", tables.Select(t => t.Sql))}", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DependentObjectsStillExist)
        {
            throw new PgSplitException(ExitCode.Refused, $"the old tables can't be dropped: {e.Detail ?? e.MessageText}", "drop what depends on them, or complete with --keep", e);
        }
    }

    static Task ShortAsync(NpgsqlConnection session, QualifiedName table, string statement, CancellationToken ct) => LockRetry.RunAsync(session, table, Patience, async () =>
    {
        await using var transaction = await session.BeginTransactionAsync(ct);
        await session.ExecuteAsync($"SET LOCAL lock_timeout = '500ms'; {statement}", ct);
        await transaction.CommitAsync(ct);
    }, ct);

    static Task<bool> ExistsAsync(NpgsqlConnection session, QualifiedName table, CancellationToken ct) =>
        session.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, table.Sql);

    // A name has 63 bytes (manual 4.1.1).
    static string Shortened(string name) => (System.Text.Encoding.UTF8.GetByteCount(name) > 57 ? name[..50] : name) + "_moved";
}
