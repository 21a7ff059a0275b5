using System.Diagnostics.CodeAnalysis;

namespace Hdms.Kit.Caching;

/// <summary>One load on its way, which everybody who asks for its key meanwhile waits for.</summary>
sealed class Flight<T>(Flights flights)
{
    readonly TaskCompletionSource<(bool Found, T? Value)> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The flights that are loaded together with this one.</summary>
    public Flights Flights { get; } = flights;

    public Task<(bool Found, T? Value)> Landing => _landing.Task;

    public void Land(bool found, T? value) => _landing.TrySetResult((found, value));

    public void Crash(Exception e)
    {
        _landing.TrySetException(e);

        // Looked at here, since everybody may have stopped waiting.
        _ = _landing.Task.Exception;
    }
}

/// <summary>Flights of one load. It belongs to all who wait: who began it may leave, and it is given up only when the last one has.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer or wait handle holds nothing, and who leaves last can't know whether it was disposed.")]
sealed class Flights
{
    readonly CancellationTokenSource _nobodyWaits = new();
    readonly Lock _lock = new();
    int _waiting = 1;

    public CancellationToken NobodyWaits => _nobodyWaits.Token;

    /// <returns>False: it has been given up already; begin another.</returns>
    public bool TryJoin()
    {
        lock (_lock)
        {
            _waiting += _waiting > 0 ? 1 : 0;
            return _waiting > 0;
        }
    }

    public void Leave()
    {
        bool last;
        lock (_lock)
        {
            last = --_waiting == 0;
        }

        if (last)
        {
            _nobodyWaits.Cancel();
        }
    }
}
