using NpgsqlTypes;

namespace PgSplit.Follow;

enum ChangeKind
{
    Begin,
    Insert,
    Update,
    Delete,
    Truncate,

    /// <summary>A message of ours: all that was committed before it is to be made durable.</summary>
    Barrier,

    /// <summary>A heartbeat of this move on the side that is read.</summary>
    Heartbeat,
    Commit,
}

/// <summary>One decoded message of the stream (manual 55.9). Values are slices of the message's own bytes, as the server printed them: never parsed here.</summary>
sealed class Change
{
    public required ChangeKind Kind { get; init; }
    public RelationMap? Relation { get; init; }
    public byte[] Buffer { get; init; } = [];

    /// <summary>The row after the change.</summary>
    public Slice[] New { get; init; } = [];

    /// <summary>The row before it, whole (FULL) or its key only; empty where the key is that of <see cref="New"/>.</summary>
    public Slice[] Old { get; init; } = [];

    /// <summary>Of Truncate.</summary>
    public IReadOnlyList<RelationMap> Relations { get; init; } = [];
    public bool RestartIdentity { get; init; }

    /// <summary>Of Begin and Commit: where the commit record is; what commit order is told by.</summary>
    public NpgsqlLogSequenceNumber FinalLsn { get; init; }

    /// <summary>Of Commit: where the next record begins; what is acknowledged.</summary>
    public NpgsqlLogSequenceNumber EndLsn { get; init; }

    /// <summary>Of Begin and Commit.</summary>
    public DateTimeOffset CommittedAt { get; init; }

    /// <summary>Memory it stands for.</summary>
    public int Bytes => Buffer.Length + 64 + (New.Length + Old.Length) * 8;

    public ReadOnlySpan<byte> Of(Slice slice) => Buffer.AsSpan(slice.Offset, slice.Length);
}

/// <summary>A value within <see cref="Change.Buffer"/>.</summary>
readonly record struct Slice(int Offset, int Length)
{
    public static readonly Slice Null = new(0, -1);

    /// <summary>A large value that an update left as it was, and the server did not send.</summary>
    public static readonly Slice Unchanged = new(0, -2);

    public bool IsNull => Length == -1;
    public bool IsUnchanged => Length == -2;
}
