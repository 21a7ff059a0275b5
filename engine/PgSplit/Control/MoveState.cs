namespace PgSplit.Control;

/// <summary>Where a move stands (PROTOCOL 1.0). Kept in pgsplit.move on the target.</summary>
public enum MoveState
{
    Planned,
    Prepared,
    Copying,
    CatchingUp,
    InSync,
    Switching,
    Switched,
    Reversing,
    Completed,
    Cancelled,

    /// <summary>Stopped for a reason that goes away: disk full, a server that is down. <c>resume</c> goes on.</summary>
    Paused,

    /// <summary>Can't go on by itself; nothing is acknowledged beyond what is applied, and the source is untouched.</summary>
    Broken,
}
