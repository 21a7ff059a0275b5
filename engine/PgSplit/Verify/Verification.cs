using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>
/// Compares every row of tables on both sides, byte by byte, as of one boundary between transactions, while both are written to
/// (PROTOCOL 1.7, V1). What differs is kept; what is compared stays so when it is stopped.
/// </summary>
static class Verification
{
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <param name="reading">The side whose rows are right.</param>
    /// <param name="state">The side that keeps the move's state: the target, whichever way is compared.</param>
    /// <param name="resume">
    /// Go on with what a stopped verification left, rather than begin anew. Allowed as long as the keys touched since that one began
    /// are all kept: its parts are as of its own snapshot.
    /// </param>
    public static async Task<VerificationResult> RunAsync(
        PgServer reading, PgServer receiving, PgServer state, string moveId, IReadOnlyList<Table> tables, SnapshotPair snapshots, MoveOptions options,
        bool resume, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        try
        {
            return await CompareAsync(reading, receiving, state, moveId, tables, snapshots, options, resume, progress, ct);
        }
        catch (Exception e) when (e is NpgsqlException or IOException && !ct.IsCancellationRequested)
        {
            throw Failures.Explain(e, "the tables can't be compared");
        }
    }

    static async Task<VerificationResult> CompareAsync(
        PgServer reading, PgServer receiving, PgServer state, string moveId, IReadOnlyList<Table> tables, SnapshotPair snapshots, MoveOptions options,
        bool resume, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var workers = new List<VerifyWorker>();
        try
        {
            // All of them before anything is compared: the snapshots may be gone later.
            for (var n = 0; n < Math.Max(options.Workers, 1); n++)
                workers.Add(await VerifyWorker.OpenAsync(reading, receiving, state, moveId, snapshots, ct));
            await Failpoint.HitAsync("verify.snapshot-imported");

            var wholes = Whole.Of(tables);
            var queue = new ConcurrentQueue<(Whole Whole, KeyRange Range)>();
            foreach (var whole in wholes)
            {
                await workers[0].HoldAsync(whole, ct);
                var left = resume ? await workers[0].State.LeftAsync(whole.Table, ct) : null;
                if (left is null)
                    await workers[0].State.BeginAsync(whole.Table, left = await RangePlan.MakeAsync(workers[0].Reading, whole.Table, whole.Bytes, options.ChunkBytes, ct), ct);
                whole.Expect(left.Count);
                foreach (var range in left)
                    queue.Enqueue((whole, range));
            }

            var results = new ConcurrentDictionary<QualifiedName, VerifiedTable>();
            foreach (var done in wholes.Where(w => w.IsDone))
                results[done.Table.Name] = await workers[0].State.FinishAsync(done.Table, done.Partitions, ct);

            var pace = new Report(queue.Sum(q => q.Whole.Bytes / Math.Max(q.Whole.Parts, 1)), progress);
            await Together.RunAsync(workers.Select(w => (Func<CancellationToken, Task>)(stop => w.RunAsync(queue, pace, results, stop))), ct);
            return new VerificationResult([.. wholes.Select(w => results[w.Table.Name])]);
        }
        finally
        {
            foreach (var worker in workers)
                await worker.DisposeAsync();
        }
    }

    /// <summary>A table and, of a partitioned one, its partitions, which are compared under its name.</summary>
    internal sealed class Whole(Table table, IReadOnlyList<Table> partitions)
    {
        int _left;

        public Table Table { get; } = table;
        public IReadOnlyList<Table> Partitions { get; } = partitions;
        public int Parts { get; private set; }
        public long Bytes { get; } = table.Bytes + partitions.Sum(p => p.Bytes);
        public bool IsDone => _left == 0;

        public static IReadOnlyList<Whole> Of(IReadOnlyList<Table> tables) =>
        [
            .. tables.GroupBy(t => t.Root)
                // A partition that is given without its root stands for itself.
                .SelectMany(g => g.FirstOrDefault(t => t.Name == g.Key) is { } root ? [new Whole(root, [.. g.Where(t => t != root)])] : g.Select(t => new Whole(t, [])))
                .OrderByDescending(w => w.Bytes).ThenBy(w => w.Table.Name),
        ];

        public void Expect(int parts) => _left = Parts = parts;

        /// <returns>Whether that was the last.</returns>
        public bool PartDone() => Interlocked.Decrement(ref _left) == 0;
    }

    internal sealed class Report(long total, IProgress<MoveProgress>? progress)
    {
        readonly Stopwatch _elapsed = Stopwatch.StartNew();
        long _rows, _bytes, _toldAt = -1;

        public void Add(Table table, long rows, long bytes)
        {
            var (allRows, allBytes) = (Interlocked.Add(ref _rows, rows), Interlocked.Add(ref _bytes, bytes));
            var slot = (long)(_elapsed.Elapsed / Pace);
            if (progress is not null && Interlocked.Exchange(ref _toldAt, slot) < slot)
                progress.Report(new MoveProgress("verify", table.ToString(), allRows, Math.Min(allBytes, total), total, _elapsed.Elapsed));
        }
    }
}
