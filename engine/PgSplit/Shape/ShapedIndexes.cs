using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>Builds what was noted of tables with a new shape, once their rows are there. What is there and equal is skipped.</summary>
static class ShapedIndexes
{
    public static Task BuildKeysAsync(PgServer target, IReadOnlyList<ShapedDdl> tables, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct) =>
        BuildAsync(target, tables, "keys", i => i.IsKey, analyze: false, options, progress, ct);

    public static Task BuildOthersAsync(PgServer target, IReadOnlyList<ShapedDdl> tables, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct) =>
        BuildAsync(target, tables, "indexes", i => !i.IsKey, analyze: true, options, progress, ct);

    static async Task BuildAsync(
        PgServer target, IReadOnlyList<ShapedDdl> tables, string phase, Func<IndexDdl, bool> wanted, bool analyze, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var queue = new ConcurrentQueue<ShapedDdl>(tables.OrderByDescending(t => t.Bytes));
        var (done, total, clock) = (0L, tables.Sum(t => t.Bytes), Stopwatch.StartNew());
        await Together.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(WorkAsync, Math.Clamp(options.Workers, 1, Math.Max(1, tables.Count))), ct);

        async Task WorkAsync(CancellationToken stop)
        {
            await using var session = await TargetIndexes.OpenAsync(target, options, stop);
            while (queue.TryDequeue(out var table))
            {
                foreach (var index in table.Indexes.Where(wanted))
                    await EnsureAsync(session, table, index, stop);
                if (analyze)
                    await session.ExecuteAsync($"ANALYZE {table.Table.Sql}", stop);
                progress?.Report(new MoveProgress(phase, table.Table.ToString(), 0, Interlocked.Add(ref done, table.Bytes), total, clock.Elapsed));
            }
        }
    }

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
