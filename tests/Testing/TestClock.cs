namespace Hdms.Testing;

/// <summary>The time of day, moved forward at will. Waiting goes by the real clock: nothing here waits for long.</summary>
public sealed class TestClock : TimeProvider
{
    long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
