using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>A row that is not the same on both sides.</summary>
/// <param name="Key">Texts of the key's columns; of tables without one see <see cref="WholeRow"/>.</param>
/// <param name="Columns">That differ, where both sides have the row.</param>
sealed record Difference(QualifiedName Table, string?[] Key, DifferenceKind Kind, IReadOnlyList<string> Columns);

/// <summary>Both sides as they were at one boundary between transactions. Valid as long as the sessions that exported the snapshots hold them.</summary>
/// <param name="Lsn">In the stream of the reading side: what was committed before is in both snapshots, what is committed from here on in neither.</param>
sealed record SnapshotPair(NpgsqlLogSequenceNumber Lsn, string ReadingSnapshot, string ReceivingSnapshot);

/// <param name="At">The oldest position that a part of the table was compared at; later changes are the touched keys' business.</param>
sealed record VerifiedTable(QualifiedName Name, NpgsqlLogSequenceNumber At, long Rows, long Differences);

sealed record VerificationResult(IReadOnlyList<VerifiedTable> Tables)
{
    public long Rows => Tables.Sum(t => t.Rows);

    public long Differences => Tables.Sum(t => t.Differences);

    public bool Equal => Differences == 0;
}
