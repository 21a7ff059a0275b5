namespace PgSplit.Control;

/// <summary>How far a phase is, for the terminal and for pgsplit.request. Reported a few times a second at most.</summary>
/// <param name="Phase">copy, index, verify, catch up, …</param>
/// <param name="Subject">What is being worked on, if one thing is.</param>
/// <param name="Rows">Rows done.</param>
/// <param name="Bytes">Bytes done.</param>
/// <param name="TotalBytes">Bytes in all, as estimated; 0 where nobody can say.</param>
/// <param name="Elapsed">Since the phase began.</param>
public sealed record MoveProgress(string Phase, string? Subject, long Rows, long Bytes, long TotalBytes, TimeSpan Elapsed)
{
    /// <summary>Left at the pace so far; null while nobody can say.</summary>
    public TimeSpan? Left => Bytes > 0 && TotalBytes > Bytes && Elapsed > TimeSpan.Zero
        ? Elapsed * ((double)(TotalBytes - Bytes) / Bytes)
        : null;
}
