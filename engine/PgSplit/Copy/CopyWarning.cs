using PgSplit.Pg;

namespace PgSplit.Copy;

enum CopyWarningKind
{
    /// <summary>The snapshot can't be taken before this transaction ends (PROTOCOL cases 1, 2).</summary>
    SnapshotWaits,

    /// <summary>This session waits for the copy to end, and everybody who wants the table waits behind it (case 17).</summary>
    WaitsForCopy,
}

/// <summary>Somebody and the copy are in each other's way.</summary>
/// <param name="Pid">Null for a prepared transaction.</param>
/// <param name="For">Since when: the transaction's age, or the time waited.</param>
sealed record CopyWarning(CopyWarningKind Kind, int? Pid, string? Database, TimeSpan For, string? Query, QualifiedName? Table)
{
    /// <summary>The same somebody at the same thing, however long by now.</summary>
    public static IEqualityComparer<CopyWarning> ByWho { get; } =
        EqualityComparer<CopyWarning>.Create((a, b) => (a?.Kind, a?.Pid, a?.Query, a?.Table) == (b?.Kind, b?.Pid, b?.Query, b?.Table), w => HashCode.Combine(w.Kind, w.Pid, w.Table));

    public override string ToString() => Kind switch
    {
        CopyWarningKind.WaitsForCopy => $"pid {Pid} waits for the copy of {Table} for {For.TotalSeconds:0} s, and others behind it: {Query}",
        _ => new SlotBlocker(Pid, Database, For, Query).ToString(),
    };
}
