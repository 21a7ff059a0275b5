using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>What is copied, by this run or one before it.</summary>
/// <param name="Snapshot">That of this run; null when everything was there already.</param>
sealed record CopyResult(NpgsqlLogSequenceNumber? Snapshot, IReadOnlyList<CopiedTable> Tables);

/// <param name="At">The stream's changes committed from here on are missing in it.</param>
/// <param name="Bytes">As they travelled.</param>
sealed record CopiedTable(QualifiedName Name, NpgsqlLogSequenceNumber At, long Rows, long Bytes);

/// <summary>How others have a say in a copy while it runs.</summary>
sealed record CopyHooks
{
    /// <summary>How many of the workers may be busy; asked before each chunk. 0 pauses. Null: all.</summary>
    public Func<int>? ActiveWorkers { get; init; }

    /// <summary>Told once of everybody whom the copy waits for, or who waits for the copy.</summary>
    public Action<CopyWarning>? Warn { get; init; }
}
