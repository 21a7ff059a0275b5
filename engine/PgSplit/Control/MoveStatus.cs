namespace PgSplit.Control;

/// <summary>All that a person or a program wants to know of a move at a glance. Read from both databases, by any terminal.</summary>
public sealed record MoveStatus
{
    public required string Move { get; init; }
    public required string State { get; init; }
    public string? Reason { get; init; }
    public required long Epoch { get; init; }

    /// <summary>Where the writes are: "source" or "target"; "nobody" between the two commits of a switch.</summary>
    public required string WritesAt { get; init; }
    public required string Source { get; init; }
    public required string Target { get; init; }

    /// <summary>The process that works on it; null where none does, so that nothing moves.</summary>
    public string? Process { get; init; }
    public required IReadOnlyList<TableStatus> Tables { get; init; }
    public StreamStatus? Forward { get; init; }
    public StreamStatus? Back { get; init; }
    public required VerificationStatus Verification { get; init; }

    /// <summary>Of going back: "ready", or why not.</summary>
    public required string WayBack { get; init; }
    public required string Guard { get; init; }
    public required long Breaches { get; init; }

    /// <summary>What the running process is at, as it last said.</summary>
    public string? Doing { get; init; }
}

public sealed record TableStatus(string Name, long EstimatedRows, long Bytes, long CopiedRows, long CopiedBytes, bool Copied, bool Verified);

/// <param name="LagBytes">WAL written since what is applied.</param>
/// <param name="KeptBytes">WAL that the sending server keeps for it.</param>
/// <param name="Beat">When a heartbeat last arrived, as the sending side's clock had it.</param>
public sealed record StreamStatus(string Slot, bool Active, string WalStatus, long LagBytes, long KeptBytes, DateTimeOffset? Beat);

/// <param name="State">unverified, verified, stale or failed.</param>
/// <param name="Touched">Keys written since, compared again at the switch at the latest.</param>
public sealed record VerificationStatus(string State, DateTimeOffset? At, long Rows, long Differences, long Touched);
