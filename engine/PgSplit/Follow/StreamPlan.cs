using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>What one direction of a move is made of.</summary>
sealed record StreamPlan
{
    public required string MoveId { get; init; }

    /// <summary>The side whose changes are read, and that on which they are written.</summary>
    public required PgServer From { get; init; }
    public required PgServer To { get; init; }

    /// <summary>"S" or "T": the side that is read.</summary>
    public required string SendingSide { get; init; }

    /// <summary>On the sending side.</summary>
    public required string Slot { get; init; }
    public required string Publication { get; init; }

    /// <summary>On the receiving side: how far this stream is.</summary>
    public required string Origin { get; init; }

    /// <summary>Origin of the other stream: its transactions came from the receiving side.</summary>
    public required string DroppedOrigin { get; init; }

    /// <summary>The cluster that was prepared (pg_control_system): another one is another history.</summary>
    public required ulong SendingSystem { get; init; }

    /// <summary>Tables that the publication must have.</summary>
    public required IReadOnlyList<QualifiedName> Tables { get; init; }

    /// <summary>Whether the side that is read is closed to clients: a change from there is a breach of the fence then.</summary>
    public Func<bool> IsClosed { get; init; } = () => false;

    /// <summary>Whether the other stream is to have the machine for itself just now.</summary>
    public Func<bool> Yields { get; init; } = () => false;

    /// <summary>The sending side has UUIDs where the receiving one has numbers: the way back of a shape.</summary>
    public bool KeysChange { get; init; }

    /// <summary>Rows that are listed as flawed; null where the map has no rules for them.</summary>
    public Shape.FlawKeys? Flaws { get; init; }

    /// <summary>The map of a relation that the stream names with these columns; null where it is not of the move.</summary>
    public required Func<QualifiedName, IReadOnlyList<(string, uint)>?, RelationMap?> Match { get; init; }
}
