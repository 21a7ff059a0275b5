using Npgsql;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>Builds what was noted of tables with a new shape, once their rows are there. What is there and equal is skipped.</summary>
static class ShapedIndexes
{
    public static Task BuildAsync(PgServer target, IReadOnlyList<ShapedDdl> tables, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct) =>
        IndexQueue.BuildAsync(
            target, [.. tables.Select(t => new IndexWork(t.Table, t.Bytes, t.Indexes) { Build = (session, index, stop) => EnsureAsync(session, t, index, stop) })], options, progress, ct);

    static async Task EnsureAsync(NpgsqlConnection session, ShapedDdl table, IndexDdl index, CancellationToken ct)
    {
        try
        {
            await TargetIndexes.EnsureAsync(session, index, ct);
        }
        catch (PgSplitException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } twice)
        {
            throw new PgSplitException(
                ExitCode.Refused, $"two rows of the source become the same in {table.Table} ({index.Name}): {twice.Detail ?? twice.MessageText}",
                "mend one of them on the source, leave one behind (where:), or let the expression keep them apart; then `pgsplit cancel`, and begin again", e);
        }
    }

    /// <summary>Foreign keys, comments and rights, after all rows.</summary>
    /// <exception cref="PgSplitException">A row refers to one that is not there: it stayed behind.</exception>
    public static async Task FinishAsync(NpgsqlConnection target, IReadOnlyList<ShapedDdl> tables, CancellationToken ct)
    {
        foreach (var (table, key) in tables.SelectMany(t => t.ForeignKeys.Select(k => (t, k))))
        {
            if (!await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f' AND quote_ident(conname) = $2)", ct, table.Table.Sql, key.Constraint))
                await target.RunAsync(key.Add, ct);
            if (key.Validate.Length == 0)
                continue;
            try
            {
                await target.RunAsync(key.Validate, ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw new PgSplitException(
                    ExitCode.Refused, $"foreign key {key.Constraint} of {table.Table} does not hold: {e.Detail ?? e.MessageText} What it refers to has stayed behind (where:)",
                    "leave the referring rows behind too, or detach them on the source; then `pgsplit cancel`, and begin again", e);
            }
        }

        foreach (var statement in tables.SelectMany(t => t.Finish))
            await target.RunAsync(statement, ct);
    }
}
