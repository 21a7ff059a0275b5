namespace Hdms.Tickets.Demo;

/// <summary>A clock that stands at the time of which is told.</summary>
sealed class PastClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}
