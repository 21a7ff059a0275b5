using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>A switch is the same both ways; these are its two ends this time.</summary>
sealed record SwitchSides
{
    public required Side Closing { get; init; }
    public required PgServer From { get; init; }
    public required PgServer To { get; init; }
    public Side Opening => Closing.Other();

    /// <summary>Tables on the closing side, partitions too.</summary>
    public required IReadOnlyList<Table> Tables { get; init; }

    /// <summary>The same on the opening side, by its names.</summary>
    public required IReadOnlyList<Table> OpeningTables { get; init; }

    /// <summary>The same tables as both sides' rows are compared, by their names on the source.</summary>
    public required IReadOnlyList<Table> Compared { get; init; }
    public required IReadOnlyList<SequencePair> Sequences { get; init; }
}

/// <summary>What a switch came to.</summary>
/// <param name="Epoch">In force now.</param>
/// <param name="Owner">Side that has the writes now.</param>
/// <param name="Predicted">The pause that was expected.</param>
/// <param name="Pause">From the moment writers began to wait until the other side was open; null for a dry run.</param>
/// <param name="Attempts">Tries it took: a lock that is not to be had in time is let go and asked for again.</param>
/// <param name="TouchedKeys">Rows compared within the pause.</param>
public sealed record SwitchReport(long Epoch, string Owner, TimeSpan Predicted, TimeSpan? Pause, int Attempts, int TouchedKeys, IReadOnlyList<string> HookFailures);
