namespace Hdms.Kit.Sagas;

/// <summary>How long sagas are tried, and how often.</summary>
public sealed record SagaTimes
{
    /// <summary>How long a runner has a saga for one step; then another may take it over.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one step may run. Less than the lease, so that a slow runner has stopped before another begins.</summary>
    public TimeSpan PerStep { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Tries of a step before the saga is compensated: about five minutes.</summary>
    public int MostAttempts { get; init; } = 10;

    /// <summary>Tries of a compensation before the saga is stuck: about an hour.</summary>
    public int MostUndoAttempts { get; init; } = 65;

    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a runner looks by itself for what is due.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Sagas at work at once in a process.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>Doubles with each fault, give or take a fifth.</summary>
    internal TimeSpan Backoff(int attempts)
    {
        var wait = FirstWait * Math.Pow(2, Math.Min(attempts, 20));
        return (wait < LongestWait ? wait : LongestWait) * (0.8 + (Random.Shared.NextDouble() * 0.4));
    }
}
