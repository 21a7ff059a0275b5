using PgSplit.Control;

namespace PgSplit.Cli;

/// <summary>
/// What a move reports, on standard error: on a terminal one line that changes in place, elsewhere a plain line every ten seconds
/// and one at the end of each phase. Silent where programs read.
/// </summary>
internal sealed class ProgressLines(Terminal terminal, TimeProvider clock) : IProgress<MoveProgress>, IDisposable
{
    static readonly TimeSpan Live = TimeSpan.FromMilliseconds(200), Plain = TimeSpan.FromSeconds(10);

    readonly Lock _lock = new();
    MoveProgress? _last;
    DateTimeOffset? _writtenAt;
    bool _written, _isOpen;

    public void Report(MoveProgress value)
    {
        lock (_lock)
        {
            if (_last is { } last && last.Phase != value.Phase)
                Finish();
            _last = value;
            if (clock.GetUtcNow() - _writtenAt < (terminal.IsLive ? Live : Plain))
            {
                _written = false;
                return;
            }

            Write();
        }
    }

    /// <summary>A sentence, on a line of its own, after what was reported before it: a line that is still due would else stand behind the last word.</summary>
    public void Say(string what)
    {
        lock (_lock)
        {
            Finish();
            terminal.Error.WriteLine(what);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Finish();
    }

    /// <summary>As it is told: <c>copy  tickets_ticket  1 200 000 rows  310 MB of 1.2 GB (25 %)  42.0 MB/s  21 s left</c>.</summary>
    internal static string Describe(MoveProgress p)
    {
        var parts = new List<string> { p.Phase };
        if (p.Subject is not null)
            parts.Add(p.Subject);
        if (p.Rows > 0)
            parts.Add($"{Human.Count(p.Rows)} rows");
        if (p.TotalBytes > 0)
            parts.Add($"{Human.Size(p.Bytes)} of {Human.Size(p.TotalBytes)} ({Math.Min(100, 100 * p.Bytes / p.TotalBytes)} %)");
        else if (p.Bytes > 0)
            parts.Add(Human.Size(p.Bytes));
        if (p.Bytes > 0 && p.Elapsed > TimeSpan.Zero)
            parts.Add($"{Human.Size(p.Bytes / p.Elapsed.TotalSeconds)}/s");
        if (p.Left is { } left)
            parts.Add($"{Human.Duration(left)} left");
        return string.Join("  ", parts);
    }

    void Write()
    {
        // \e[K clears what a longer line has left.
        if (terminal.IsLive)
            terminal.Error.Write($"\r{Describe(_last!)}\e[K");
        else
            terminal.Error.WriteLine(Describe(_last!));
        (_writtenAt, _written, _isOpen) = (clock.GetUtcNow(), true, terminal.IsLive);
    }

    void Finish()
    {
        if (_last is not null && !_written)
            Write();
        if (_isOpen)
            terminal.Error.WriteLine();
        (_last, _isOpen, _writtenAt, _written) = (null, false, null, false);
    }
}
