namespace PgSplit.Planning;

/// <summary>From when on plan speaks of something, and how long it may look.</summary>
sealed record PlanLimits
{
    /// <summary>Transactions older than this are named.</summary>
    public TimeSpan LongTransaction { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Values larger than this can't be told as text: twice the size is above PostgreSQL's 1 GB.</summary>
    public long LargeValue { get; init; } = 512L << 20;

    /// <summary>Longest look for large values in one table.</summary>
    public TimeSpan ValueProbe { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest any question of plan may take.</summary>
    public TimeSpan Statement { get; init; } = TimeSpan.FromSeconds(15);
}
