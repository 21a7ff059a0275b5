using System.Runtime.InteropServices;

namespace PgSplit.Cli;

/// <summary>Ctrl-C and SIGTERM: the first asks for an orderly end, the second gets one at once.</summary>
internal sealed class Signals : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly List<PosixSignalRegistration> _registrations;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear),
    ];

    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _stop.Dispose();
    }

    void Hear(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_stop.IsCancellationRequested)
            Environment.Exit((int)ExitCode.Interrupted);
        _stop.Cancel();
    }
}
