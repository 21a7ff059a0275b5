using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>
/// Copies a group of tables as they are at one point of the stream (PROTOCOL 1.3, steps 2 to 5), while they are written to. Whatever
/// ends it, it is run again: what is finished stays, what is not begins anew under a new snapshot.
/// </summary>
static class CopyGroup
{
    const int Attempts = 5;

    /// <param name="tables">Of one group, partitioned ones together with their partitions.</param>
    /// <exception cref="PgSplitException">Failed: what and why; Refused: a table is no longer as it was when the move was prepared.</exception>
    public static async Task<CopyResult> RunAsync(
        PgServer source, PgServer target, string moveId, IReadOnlyList<Table> tables, MoveOptions options,
        IProgress<MoveProgress>? progress, CopyHooks? hooks, CancellationToken ct)
    {
        try
        {
            return await CopyAsync(source, target, moveId, tables, options, progress, hooks, ct);
        }
        catch (Exception e) when (e is NpgsqlException or IOException && !ct.IsCancellationRequested)
        {
            throw Failures.Explain(e, "the tables can't be copied");
        }
    }

    static async Task<CopyResult> CopyAsync(
        PgServer source, PgServer target, string moveId, IReadOnlyList<Table> tables, MoveOptions options,
        IProgress<MoveProgress>? progress, CopyHooks? hooks, CancellationToken ct)
    {
        var done = new ConcurrentDictionary<QualifiedName, CopiedTable>();
        CopyUnit[] units;
        await using (var state = await target.OpenAsync("copy", ct))
        {
            await CopyState.EnsureAsync(state, moveId, tables, ct);
            var before = await CopyState.DoneAsync(state, moveId, ct);
            units = [.. tables.GroupBy(t => t.Root).Select(g => new CopyUnit([.. g])).Where(u => !u.Tables.All(t => before.ContainsKey(t.Name)))];
            foreach (var table in tables.Where(t => !units.Any(u => u.Tables.Contains(t))))
                done[table.Name] = before[table.Name];
        }

        NpgsqlLogSequenceNumber? at = null;
        if (units.Length > 0)
        {
            var (snapshot, locks) = await HoldAsync(source, moveId, units, hooks?.Warn, ct);
            await using (locks)
            await using (snapshot)
            {
                at = snapshot.Lsn;
                await RunAsync(source, target, moveId, units, options, progress, hooks, snapshot, locks, done, ct);
                // Whoever held the tables all along must still be there; each worker has looked at its own tables besides.
                await locks.ExecuteAsync("COMMIT", ct);
            }
        }

        await Failpoint.HitAsync("copy.group-done");
        return new CopyResult(at, [.. tables.Select(t => done[t.Name])]);
    }

    /// <summary>A snapshot, and a session that keeps all tables as they are from it on.</summary>
    static async Task<(CopySnapshot, NpgsqlConnection)> HoldAsync(
        PgServer source, string moveId, IReadOnlyList<CopyUnit> units, Action<CopyWarning>? warn, CancellationToken ct)
    {
        var tables = units.SelectMany(u => u.Tables).ToArray();
        for (var attempt = 1; ; attempt++)
        {
            CopySnapshot? snapshot = null;
            NpgsqlConnection? locks = null;
            try
            {
                snapshot = await CopySnapshot.TakeAsync(source, moveId, warn, ct);
                await Failpoint.HitAsync("copy.slot-created");
                locks = await snapshot.ImportAsync(source, "copy locks", ct);
                var rewritten = await locks.HoldAsync(tables, ct);
                await CheckUnchangedAsync(source, tables, ct);
                if (rewritten.Count == 0)
                    return (snapshot, locks);
                if (attempt == Attempts)
                    throw new PgSplitException(
                        ExitCode.Failed, $"{string.Join(", ", rewritten)} was rewritten or truncated each of {Attempts} times that a snapshot was taken", "stop what does so, then resume");
            }
            catch
            {
                await DisposeAsync();
                throw;
            }

            await DisposeAsync();

            async ValueTask DisposeAsync()
            {
                if (locks is not null)
                    await locks.DisposeAsync();
                if (snapshot is not null)
                    await snapshot.DisposeAsync();
            }
        }
    }

    static async Task CheckUnchangedAsync(PgServer source, IReadOnlyList<Table> tables, CancellationToken ct)
    {
        // A session of its own: the one that holds the tables sees the catalog as it was at the snapshot.
        await using var connection = await source.OpenAsync("copy", ct);
        var now = (await TableReader.ReadAsync(connection, [.. tables.Select(t => t.Name)], ct)).ToDictionary(t => t.Name);
        // A partition that nobody has told us of would simply be missing on the other side.
        QualifiedName[] changed =
        [
            .. tables.Where(t => !now.TryGetValue(t.Name, out var today) || (today.Oid, today.Fingerprint) != (t.Oid, t.Fingerprint)).Select(t => t.Name),
            .. now.Keys.Except(tables.Select(t => t.Name)),
        ];
        if (changed.Length > 0)
            throw new PgSplitException(
                ExitCode.Refused, $"{string.Join(", ", changed)} is no longer as it was when the move was prepared", "cancel the move and prepare it again");
    }

    static async Task RunAsync(
        PgServer source, PgServer target, string moveId, IReadOnlyList<CopyUnit> units, MoveOptions options, IProgress<MoveProgress>? progress,
        CopyHooks? hooks, CopySnapshot snapshot, NpgsqlConnection locks, ConcurrentDictionary<QualifiedName, CopiedTable> done, CancellationToken ct)
    {
        var chunks = await CopyPlan.MakeAsync(locks, units, options, ct);
        var workers = new List<CopyWorker>();
        try
        {
            await using (var connection = await target.OpenAsync("copy", ct))
            {
                await EmptyAsync(connection, moveId, chunks, ct);
                // For partitioned tables without a partition there is nothing to wait for.
                foreach (var unit in units.Where(u => !u.Tables.Any(t => t.HoldsRows)))
                    Note(await CopyState.UnitDoneAsync(connection, moveId, unit, snapshot.Lsn, ct));
            }

            for (var n = 0; n < Math.Min(Math.Max(options.Workers, 1), chunks.Count); n++)
                workers.Add(await CopyWorker.OpenAsync(n, source, target, moveId, snapshot, ct));
            await Failpoint.HitAsync("copy.snapshot-imported");
            // All who need it have the snapshot: the slot need not keep WAL, nor old rows of the catalog, any longer.
            await snapshot.DisposeAsync();

            var report = new CopyReport(moveId, chunks, progress, hooks?.Warn);
            var queue = new ConcurrentQueue<CopyChunk>(chunks);
            var ended = new TaskCompletionSource();
            await Together.RunAsync([CopyingAsync, stop => report.RunAsync(source, target, ended.Task, stop)], ct);

            async Task CopyingAsync(CancellationToken stop)
            {
                try
                {
                    await Together.RunAsync(workers.Select(w => (Func<CancellationToken, Task>)(s => w.RunAsync(queue, hooks?.ActiveWorkers, report, Note, s))), stop);
                }
                finally
                {
                    ended.SetResult();
                }
            }
        }
        finally
        {
            foreach (var worker in workers)
                await worker.DisposeAsync();
        }

        void Note(IEnumerable<CopiedTable> tables)
        {
            foreach (var table in tables)
                done[table.Name] = table;
        }
    }

    /// <summary>Chunks of one table come in several transactions: what an earlier snapshot left must be gone before the first.</summary>
    static async Task EmptyAsync(NpgsqlConnection target, string moveId, IReadOnlyList<CopyChunk> chunks, CancellationToken ct)
    {
        foreach (var table in chunks.Where(c => !c.Alone).Select(c => c.Table).Distinct())
        {
            await target.ExecuteAsync("BEGIN", ct);
            await CopyState.TruncateAsync(target, moveId, table, ct);
            await target.ExecuteAsync("COMMIT", ct);
        }
    }
}
