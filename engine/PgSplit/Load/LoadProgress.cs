using System.Diagnostics;
using PgSplit.Control;

namespace PgSplit.Load;

/// <summary>Tells how far a load is: as often as one likes, and shown after two seconds, a few times a second.</summary>
sealed class LoadProgress(IProgress<MoveProgress>? progress, long totalBytes)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(2), Often = TimeSpan.FromMilliseconds(200);

    readonly Stopwatch _clock = Stopwatch.StartNew();
    TimeSpan _reported;

    public TimeSpan Elapsed => _clock.Elapsed;

    public void Report(string? what, long rows, long bytes)
    {
        if (Elapsed < Silence || Elapsed - _reported < Often)
            return;
        _reported = Elapsed;
        progress?.Report(new MoveProgress("load", what, rows, bytes, totalBytes, Elapsed));
    }
}
