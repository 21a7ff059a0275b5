using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>How indexes are built.</summary>
sealed record IndexOptions
{
    /// <summary>Indexes built at once.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Per session (maintenance_work_mem).</summary>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Helpers of an index that is built while no other one is (max_parallel_maintenance_workers).</summary>
    public int Helpers { get; init; } = 2;
}

/// <summary>
/// Builds the indexes of several tables: keys first, which applying changes needs, then all others, the largest tables first; each table is
/// analysed when all of its own are there. One queue for all of it, so that nobody waits for the last key.
/// </summary>
/// <remarks>
/// An index has helpers only while no other one is built. Two with helpers each, on two cores, took half as long again as two without: what
/// the helpers have sorted is merged by one alone. Where a server has cores to spare, more workers use them better.
/// </remarks>
static class IndexQueue
{
    public static async Task BuildAsync(PgServer target, IReadOnlyList<IndexWork> tables, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var parts = tables.OrderByDescending(t => t.Bytes).SelectMany(t => t.Parts.Select(p => (Table: t, Part: p))).OrderBy(p => !p.Part.HasKeys).ToList();
        var queue = new ConcurrentQueue<(IndexWork Table, IndexPart Part)>(parts);
        var (keys, building, done) = (parts.Count(p => p.Part.HasKeys), 0, 0L);
        var (total, clock) = (tables.Sum(t => t.Bytes), Stopwatch.StartNew());
        await Together.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(WorkAsync, Math.Clamp(options.Workers, 1, Math.Max(1, parts.Count))), ct);

        async Task WorkAsync(CancellationToken stop)
        {
            await using var session = await target.OpenAsync("index", stop);
            while (queue.TryDequeue(out var next))
            {
                var (table, part) = next;
                var alone = Interlocked.Increment(ref building) == 1 && (queue.IsEmpty || options.Workers == 1);
                await SetAsync(session, options.MemoryMegabytes, alone ? options.Helpers : 0, stop);
                foreach (var index in part.Indexes)
                    await table.Build(session, index, stop);
                Interlocked.Decrement(ref building);

                if (part.HasKeys && Interlocked.Decrement(ref keys) == 0)
                    await Failpoint.HitAsync("copy.keys");
                if (!table.PartDone())
                    continue;
                await table.After(session, stop);
                await session.ExecuteAsync($"ANALYZE {table.Name.Sql}", stop);
                progress?.Report(new MoveProgress("indexes", table.Name.ToString(), 0, Interlocked.Add(ref done, table.Bytes), total, clock.Elapsed));
            }
        }
    }

    static Task<int> SetAsync(NpgsqlConnection session, int megabytes, int helpers, CancellationToken ct) => session.ExecuteAsync(
        "SELECT set_config('maintenance_work_mem', $1, false), set_config('max_parallel_maintenance_workers', $2, false)", ct, $"{megabytes}MB", $"{helpers}");
}

/// <summary>The indexes of one table, in parts that can be built at once; what comes after all of them is done by whoever has done the last.</summary>
sealed class IndexWork
{
    int _left;

    public IndexWork(QualifiedName name, long bytes, IReadOnlyList<IndexDdl> indexes)
    {
        Name = name;
        Bytes = bytes;

        // A statement beside CREATE INDEX takes a lock that no other build of the table lets through, and two such wait for one another.
        var together = indexes.Where(i => i.Create.Count > 1).OrderBy(i => !i.IsKey).ToList();
        var single = indexes.Where(i => i.Create.Count == 1).Select(i => new IndexPart([i]));
        Parts = together.Count > 0 || indexes.Count == 0 ? [new IndexPart(together), .. single] : [.. single];
        _left = Parts.Count;
    }

    public QualifiedName Name { get; }

    public long Bytes { get; }

    public IReadOnlyList<IndexPart> Parts { get; }

    /// <summary>Builds one, unless it is there.</summary>
    public Func<NpgsqlConnection, IndexDdl, CancellationToken, Task> Build { get; init; } = TargetIndexes.EnsureAsync;

    /// <summary>When all are there, before ANALYZE.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task> After { get; init; } = (_, _) => Task.CompletedTask;

    public bool PartDone() => Interlocked.Decrement(ref _left) == 0;
}

/// <summary>Indexes of one table that are built one after another; of a table without any, none.</summary>
sealed record IndexPart(IReadOnlyList<IndexDdl> Indexes)
{
    public bool HasKeys { get; } = Indexes.Any(i => i.IsKey);
}
