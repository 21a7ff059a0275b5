using Hdms.Contracts;

namespace Hdms.Kit.Events;

/// <summary>
/// Tells all who wait for something new in this service's log, by one look for all of them: an append of this process wakes them at
/// once (<see cref="LogSignal"/>), one of another process at the next look. While nobody waits, nothing is looked at.
/// </summary>
sealed class LogWatch(Func<CancellationToken, Task<LogPosition>> end)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    readonly Lock _gate = new();
    TaskCompletionSource _change = New();
    LogPosition? _last;
    int _waiting;
    bool _looking;

    /// <summary>Ends when the log's end is another one than <paramref name="seen"/>, after <paramref name="most"/>, or when it is cancelled.</summary>
    /// <param name="appended"><see cref="LogSignal.Next"/>, taken before what was seen was read.</param>
    public async Task WaitAsync(LogPosition seen, Task appended, TimeSpan most, TimeProvider clock, CancellationToken ct)
    {
        Task change;
        lock (_gate)
        {
            if (_last is { } last && last > seen)
            {
                return;
            }

            change = _change.Task;
            _waiting++;
            if (!_looking)
            {
                _looking = true;
                _ = LookAsync(clock);
            }
        }

        try
        {
            await Task.WhenAny(appended, change, Task.Delay(most, clock, ct));
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }
    }

    async Task LookAsync(TimeProvider clock)
    {
        while (true)
        {
            await Task.Delay(Look, clock);
            lock (_gate)
            {
                if (_waiting == 0)
                {
                    _looking = false;
                    _last = null;
                    return;
                }
            }

            LogPosition? now = null;
            try
            {
                // Nobody's request: whoever waits may be gone by then, and the others still want to know.
                now = await end(CancellationToken.None);
            }
            catch (Exception)
            {
                // Each who waits reads for itself when it is woken, and says what is wrong to whom it concerns.
                now = null;
            }

            lock (_gate)
            {
                // A log that went back is news, too; and of the first look nobody knows whether it shows what they have seen.
                if (_last is null || now != _last)
                {
                    var woken = _change;
                    _change = New();
                    woken.SetResult();
                }

                _last = now;
            }
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
