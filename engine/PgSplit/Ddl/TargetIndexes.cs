using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgSplit.Catalog;
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

    /// <summary>Helpers of one index (max_parallel_maintenance_workers).</summary>
    public int Parallel { get; init; } = 2;
}

/// <summary>The indexes of a filled target (PROTOCOL 1.3, step 4). What is there and equal is skipped, so a build that was interrupted is simply begun again.</summary>
static class TargetIndexes
{
    /// <summary>Primary keys, unique and exclusion constraints, and the index of the row identity: what applying changes needs.</summary>
    public static Task BuildKeysAsync(NpgsqlConnection source, PgServer target, MoveSet set, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct) =>
        BuildAsync(source, target, set, "keys", i => i.IsKey, analyze: false, options, progress, ct);

    /// <summary>All other indexes, and statistics objects; then ANALYZE, table by table.</summary>
    /// <returns>Invalid indexes of the source, which were left out, for people.</returns>
    public static async Task<IReadOnlyList<string>> BuildOthersAsync(
        NpgsqlConnection source, PgServer target, MoveSet set, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var invalid = (await IndexReader.ReadAsync(source, [.. set.Tables.Select(t => t.Oid)], ct)).Where(i => !i.IsValid).Select(i => $"index {i.Name} is invalid on the source and was left out");
        await BuildAsync(source, target, set, "indexes", i => !i.IsKey, analyze: true, options, progress, ct);
        return [.. invalid.Order(StringComparer.Ordinal)];
    }

    static async Task BuildAsync(
        NpgsqlConnection source, PgServer target, MoveSet set, string phase, Func<IndexDdl, bool> wanted, bool analyze, IndexOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var indexes = (await IndexReader.ReadAsync(source, [.. set.Tables.Select(t => t.Oid)], ct)).Where(i => i.IsValid && wanted(i)).ToList();
        var statistics = await StatisticsAsync(source, [.. set.Tables.Where(_ => analyze).Select(t => t.Oid)], ct);
        var total = set.Tables.Sum(t => t.Bytes);
        var (done, clock) = (0L, Stopwatch.StartNew());
        await using (var first = await OpenAsync(target, options, ct))
        {
            foreach (var index in indexes.Where(i => i.IsPartitioned))
                await EnsureAsync(first, index, ct);
        }

        var byTable = indexes.Where(i => !i.IsPartitioned).ToLookup(i => i.Table);
        var works = set.Tables.Where(t => t.HoldsRows || analyze).OrderByDescending(t => t.Bytes).Select(t => new IndexWork(t, [.. byTable[t.Oid]])).ToList();
        var queue = new ConcurrentQueue<(IndexWork Work, IReadOnlyList<IndexDdl> Indexes)>(works.SelectMany(w => w.Parts.Select(part => (w, part))));
        // The first to fail stops the others at their next index, and ends what they are at.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(Enumerable.Range(0, Math.Max(1, options.Workers)).Select(async _ =>
        {
            try
            {
                await using var session = await OpenAsync(target, options, stop.Token);
                while (queue.TryDequeue(out var next))
                {
                    foreach (var index in next.Indexes)
                        await EnsureAsync(session, index, stop.Token);
                    if (!next.Work.PartDone())
                        continue;
                    var table = next.Work.Table;
                    await EnsureStatisticsAsync(session, statistics[table.Oid], stop.Token);
                    if (analyze)
                        await session.ExecuteAsync($"ANALYZE {table.Name.Sql}", stop.Token);
                    progress?.Report(new MoveProgress(phase, table.Name.ToString(), 0, Interlocked.Add(ref done, table.Bytes), total, clock.Elapsed));
                }
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }));

        await using var last = await OpenAsync(target, options, ct);
        foreach (var index in indexes)
            await AttachAsync(last, index, ct);
    }

    static async Task EnsureStatisticsAsync(NpgsqlConnection session, IEnumerable<(QualifiedName Name, string[] Statements)> statistics, CancellationToken ct)
    {
        foreach (var (name, statements) in statistics)
        {
            if (await session.ScalarAsync<bool>(ThereIsStatistics, ct, name.Schema, name.Name))
                continue;
            await using var transaction = await session.BeginTransactionAsync(ct);
            foreach (var statement in statements)
                await session.RunAsync(statement, ct);
            await transaction.CommitAsync(ct);
        }
    }

    /// <summary>An index and its constraint in one transaction: a crash leaves both or neither.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection target, IndexDdl index, CancellationToken ct)
    {
        if (await target.ScalarAsync<uint>("SELECT coalesce(to_regclass($1)::oid, 0::oid)", ct, index.TableName) is var table && table == 0)
            throw new PgSplitException(ExitCode.Refused, $"table {index.TableName} is not on the target", "prepare the move again");
        if ((await IndexReader.ReadAsync(target, [table], ct)).FirstOrDefault(i => i.Name == index.Name) is { } there)
        {
            // Of a partition that is not attached yet the last line but settings is missing: what it was created from has to be the same.
            if (!there.Create.SequenceEqual(index.Create))
                throw new PgSplitException(ExitCode.Refused, $"index {index.Name} is on the target already, and another than the source's", "drop it on the target and go on");
            return;
        }

        await using var transaction = await target.BeginTransactionAsync(ct);
        try
        {
            foreach (var statement in index.Create)
                await target.RunAsync(statement, ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation)
        {
            // Rows that differ on the source can be equal here: another version of the collation, or of an extension.
            throw new PgSplitException(ExitCode.Refused, $"index {index.Name} can't be built on the target: {e.MessageText} {e.Detail}", "compare the collations' versions of both servers", e);
        }

        await transaction.CommitAsync(ct);
    }

    static async Task AttachAsync(NpgsqlConnection target, IndexDdl index, CancellationToken ct)
    {
        if (index.Attach is not null && !await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))", ct, index.Name))
            await target.RunAsync(index.Attach, ct);
    }

    /// <summary>A session with the memory and helpers that building takes.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(PgServer target, IndexOptions options, CancellationToken ct)
    {
        var session = await target.OpenAsync("index", ct);
        await session.ExecuteAsync("SELECT set_config('maintenance_work_mem', $1, false), set_config('max_parallel_maintenance_workers', $2, false)",
            ct, $"{options.MemoryMegabytes}MB", options.Parallel.ToString());
        return session;
    }

    const string ThereIsStatistics =
        "SELECT EXISTS (SELECT FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = $1 AND s.stxname = $2)";

    static async Task<ILookup<uint, (QualifiedName Name, string[] Statements)>> StatisticsAsync(NpgsqlConnection source, uint[] tables, CancellationToken ct) => (await source.QueryAsync(
        """
        SELECT s.stxrelid, n.nspname, s.stxname, array_remove(ARRAY[pg_get_statisticsobjdef(s.oid),
               format('ALTER STATISTICS %I.%I SET STATISTICS ', n.nspname, s.stxname) || CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END], NULL)
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
        WHERE s.stxrelid = ANY ($1) ORDER BY s.stxname
        """,
        r => (Table: r.GetFieldValue<uint>(0), Statement: (new QualifiedName(r.GetString(1), r.GetString(2)), r.GetFieldValue<string[]>(3))), ct, tables)).ToLookup(s => s.Table, s => s.Statement);
}

/// <summary>The indexes of one table, in parts that can be built at once; what comes after all of them is done by whoever has done the last.</summary>
sealed class IndexWork
{
    int _left;

    public IndexWork(Table table, IReadOnlyList<IndexDdl> indexes)
    {
        Table = table;
        // A statement beside CREATE INDEX takes a lock that no other build of the table lets through, and two such wait for one another.
        Parts = [.. indexes.Where(i => i.Create.Count > 1).ToList() is var together && together.Count > 0 ? [together] : Array.Empty<IReadOnlyList<IndexDdl>>(),
            .. indexes.Where(i => i.Create.Count == 1).Select(i => new[] { i })];
        if (Parts.Count == 0)
            Parts = [[]];
        _left = Parts.Count;
    }

    public Table Table { get; }

    public IReadOnlyList<IReadOnlyList<IndexDdl>> Parts { get; }

    public bool PartDone() => Interlocked.Decrement(ref _left) == 0;
}
