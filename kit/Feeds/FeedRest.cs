namespace Hdms.Kit.Feeds;

/// <summary>
/// The rest after a part of a feed that was not full, so that what comes in the meantime is read at once: each part costs a request, a look
/// and a commit, however little is in it, and with every commit of the source all its readers would begin anew. The more comes in a second
/// the longer it is, so that a part has some dozens of events. What comes after a rest waits for nothing.
/// </summary>
sealed class FeedRest(TimeProvider clock)
{
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(400);
    static readonly TimeSpan ForEachInASecond = TimeSpan.FromMilliseconds(2.5);

    TaskCompletionSource _wanted = New();
    long _last = clock.GetTimestamp();

    /// <summary>Somebody waits for what this reader reads: beyond the shortest rest there is none now.</summary>
    public void End() => Volatile.Read(ref _wanted).TrySetResult();

    /// <param name="events">How many have come since the last rest ended.</param>
    public async Task TakeAsync(int events, CancellationToken ct)
    {
        var wanted = New();
        Volatile.Write(ref _wanted, wanted);
        var most = Length(events, clock.GetElapsedTime(_last)) - Shortest;
        _last = clock.GetTimestamp();
        await Task.Delay(Shortest, clock, ct);
        if (most > TimeSpan.Zero)
        {
            await wanted.Task.WaitAsync(most, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal static TimeSpan Length(int events, TimeSpan since)
    {
        var length = ForEachInASecond * (events / Math.Max(since.TotalSeconds, 0.001));
        return length < Shortest ? Shortest : length > Longest ? Longest : length;
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
