namespace PgSplit;

/// <summary>
/// A reason not to go on that a person can act on: what is wrong and what to do about it, in one line each.
/// Whatever raises it has changed nothing, or says what it has changed.
/// </summary>
public sealed class PgSplitException(ExitCode exitCode, string message, string? remedy = null, Exception? cause = null)
    : Exception(message, cause)
{
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>What to do next, or null where the message says it.</summary>
    public string? Remedy { get; } = remedy;
}

/// <summary>What <c>pgsplit</c> ends with.</summary>
public enum ExitCode
{
    Done = 0,

    /// <summary>Something failed that nobody foresaw; the message says what.</summary>
    Failed = 1,

    /// <summary>The command line, the map or a file to load is wrong; nothing was done.</summary>
    BadInput = 2,

    /// <summary>Plan found a blocker, or a precondition is not met; nothing was changed.</summary>
    Refused = 3,

    /// <summary>Both sides differ.</summary>
    Differences = 4,

    /// <summary>The move can't go on by itself: state BROKEN, or both sides closed.</summary>
    Broken = 5,

    /// <summary>A server could not be reached.</summary>
    Unreachable = 6,

    /// <summary>Ctrl-C, or SIGTERM; the move is where <c>status</c> says and can be resumed.</summary>
    Interrupted = 130,
}
