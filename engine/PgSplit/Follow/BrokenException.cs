namespace PgSplit.Follow;

/// <summary>The stream can't go on by itself (state BROKEN): what it met is either a change made past the fences or a change of schema.</summary>
sealed class BrokenException(string reason, Exception? cause = null) : Exception(reason, cause);
