using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Tour;

/// <summary>A command that goes on beside others, until it ends by itself or is stopped.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    readonly Process _process;
    readonly Task<string> _output;
    readonly Task<string> _error;

    public RunningCommand(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <returns>The last line of what it said, however it ended.</returns>
    public async Task<string> EndedAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return (await _output + await _error).TrimEnd().Split('\n')[^1];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Tool.RunAsync(["kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
