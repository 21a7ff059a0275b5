using NpgsqlTypes;

namespace PgSplit.Follow;

/// <summary>
/// Holds a stream between two commits: what was committed before a position is applied, nothing after it. The stream passes it
/// before each transaction and while it has nothing to do.
/// </summary>
sealed class Gate
{
    static readonly NpgsqlLogSequenceNumber Open = new(ulong.MaxValue), Now = new(0);

    readonly Lock _lock = new();
    NpgsqlLogSequenceNumber _limit = Open;
    TaskCompletionSource _changed = New(), _held = New();

    /// <summary>Completes when the limit is another than it was.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <summary>Holds the stream at the next commit. Nothing that was taken is left unapplied when it returns.</summary>
    public Task HoldAsync(CancellationToken ct) => LimitAsync(Now).WaitAsync(ct);

    /// <summary>Lets a held stream on as far as the transactions committed before this position, and holds it there. Something must be committed after it.</summary>
    public Task AdvanceAsync(NpgsqlLogSequenceNumber position, CancellationToken ct) => LimitAsync(position).WaitAsync(ct);

    public void Release() => _ = LimitAsync(Open);

    /// <summary>Whether the stream has to stop before a transaction committed here.</summary>
    public bool StopsBefore(NpgsqlLogSequenceNumber finalLsn)
    {
        lock (_lock)
            return finalLsn >= _limit;
    }

    /// <summary>Called with everything before applied: tells whoever holds the stream, and waits to be let on.</summary>
    public async Task WaitAsync(NpgsqlLogSequenceNumber finalLsn, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (finalLsn < _limit)
                    return;
                _held.TrySetResult();
                changed = _changed.Task;
            }

            await changed.WaitAsync(ct);
        }
    }

    /// <summary>Called with nothing to do and everything applied: a stream that is to hold at once is held.</summary>
    public void Idle()
    {
        lock (_lock)
        {
            if (_limit == Now)
                _held.TrySetResult();
        }
    }

    Task LimitAsync(NpgsqlLogSequenceNumber limit)
    {
        lock (_lock)
        {
            _limit = limit;
            _held = New();
            var changed = _changed;
            _changed = New();
            changed.SetResult();
            return _held.Task;
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
