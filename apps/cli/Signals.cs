using System.Runtime.InteropServices;

namespace Hdms.Cli;

/// <summary>Ctrl-C and SIGTERM: the first asks for an orderly end, the second for one that waits for nobody, the third gets one.</summary>
internal sealed class Signals : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _atOnce = new();
    readonly List<PosixSignalRegistration> _registrations;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear),
    ];

    public CancellationToken Stop => _stop.Token;

    public CancellationToken AtOnce => _atOnce.Token;

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _stop.Dispose();
        _atOnce.Dispose();
    }

    void Hear(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stop.IsCancellationRequested)
            _stop.Cancel();
        else if (!_atOnce.IsCancellationRequested)
            _atOnce.Cancel();
        else
            Environment.Exit(ExitCode.Interrupted);
    }
}
