namespace Hdms.Tickets.Timers;

/// <summary>While somebody holds it, no timer is carried out: what is told of the past carries out its own, at their time.</summary>
sealed class TimerHold
{
    TaskCompletionSource? _released;

    public Task Released => Volatile.Read(ref _released)?.Task ?? Task.CompletedTask;

    public void Take() => Volatile.Write(ref _released, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Release() => Interlocked.Exchange(ref _released, null)?.TrySetResult();
}
