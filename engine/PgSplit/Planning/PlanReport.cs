using PgSplit.Pg;

namespace PgSplit.Planning;

/// <summary>What plan says about a map.</summary>
sealed record PlanReport(IReadOnlyList<Finding> Findings, IReadOnlyList<ServicePlan> Services)
{
    public bool IsBlocked => Findings.Any(f => f.Severity == Severity.Blocker);
}

/// <summary>What moves with one service, and how long that may take.</summary>
/// <param name="Name">As in the map.</param>
/// <param name="Source">Host, port and database.</param>
/// <param name="Target">Host, port and database.</param>
/// <param name="Tables">As the map names them; partitions count with their root.</param>
/// <param name="Estimate">Of copying, building indexes and comparing, together.</param>
sealed record ServicePlan(string Name, string Source, string Target, IReadOnlyList<TablePlan> Tables, Estimate Estimate)
{
    public long Rows => Tables.Sum(t => t.Rows ?? 0);
    public long Bytes => Tables.Sum(t => t.Bytes + t.IndexBytes);
}

/// <summary>Size of a table with its partitions.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">As the last ANALYZE estimated them; null where there was none.</param>
/// <param name="Bytes">Heap and TOAST.</param>
/// <param name="IndexBytes">Its indexes.</param>
sealed record TablePlan(QualifiedName Name, long? Rows, long Bytes, long IndexBytes);

/// <summary>A duration, and what it rests on.</summary>
sealed record Estimate(TimeSpan Duration, string Basis)
{
    // Far below what one core does with wide rows (about 100 MB/s copied, a fifth of that compared): a promise that is kept on a busy server.
    const long CopyBytesPerSecond = 20L << 20, IndexBytesPerSecond = 10L << 20, CompareBytesPerSecond = 20L << 20;

    public static Estimate Of(long heapBytes, long indexBytes) => new(
        TimeSpan.FromSeconds(Math.Ceiling(((double)heapBytes / CopyBytesPerSecond) + ((double)indexBytes / IndexBytesPerSecond) + ((double)heapBytes / CompareBytesPerSecond))),
        "assumed, not measured: 20 MB/s copied, 10 MB/s of indexes built, 20 MB/s compared");
}
