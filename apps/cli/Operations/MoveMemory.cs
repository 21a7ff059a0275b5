using Hdms.Contracts;
using PgSplit;
using PgSplit.Control;

namespace Hdms.Cli.Operations;

/// <summary>What is known of a service's move since the program began, and in no database: for whoever looks at the page.</summary>
internal sealed class MoveMemory(TimeProvider clock)
{
    const int MostSamples = 150;
    const int MostFound = 20;

    static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly List<MoveSample> _samples = [];
    MovePlanView? _plan;
    TimeSpan? _pause;
    IReadOnlyList<MoveDifferenceView> _found = [];

    public void Planned(MovePlan plan, Func<string, string> say)
    {
        var view = new MovePlanView(
            clock.GetUtcNow(), plan.Tables.Count, plan.Tables.Sum(t => t.Bytes + t.IndexBytes), TimeSpan.FromSeconds(plan.Seconds),
            [.. plan.Findings.Select(f => new MoveFindingView(f.Severity, f.On, say(f.Why), f.Remedy is { } remedy ? say(remedy) : null))]);
        lock (_lock)
            _plan = view;
    }

    public void Compared(MoveComparison compared)
    {
        lock (_lock)
            _found = [.. compared.Differences.Take(MostFound).Select(d => new MoveDifferenceView(d.Table, d.Key, d.Kind, d.Columns))];
    }

    public void Changed(TimeSpan? pause)
    {
        lock (_lock)
            _pause = pause ?? _pause;
    }

    /// <summary>A move that is over, or given up, leaves nothing of how it went.</summary>
    public void Over()
    {
        lock (_lock)
        {
            (_plan, _found) = (null, []);
            _samples.Clear();
        }
    }

    /// <summary>With what is known here; and that it was looked at is remembered.</summary>
    public ServiceMoveView With(ServiceMoveView view, MoveStatus? status)
    {
        lock (_lock)
        {
            if (status is not null && (_samples.Count == 0 || clock.GetUtcNow() - _samples[^1].At >= Apart))
            {
                _samples.Add(new MoveSample(clock.GetUtcNow(), status.Tables.Sum(t => t.CopiedRows), view.LagBytes ?? 0));
                if (_samples.Count > MostSamples)
                    _samples.RemoveAt(0);
            }

            return view with
            {
                Plan = _plan,
                LastPause = _pause,
                Samples = status is null ? [] : [.. _samples],
                Copy = status is null ? null : new MoveCopyView(
                    status.Tables.Count, status.Tables.Count(t => t.Copied), status.Tables.Sum(t => t.EstimatedRows), status.Tables.Sum(t => t.CopiedRows),
                    status.Tables.Sum(t => t.Bytes), status.Tables.Sum(t => t.CopiedBytes)),
                Compared = status?.Verification is { State: not "unverified" } v
                    ? new MoveComparedView(v.At, v.Rows, v.Differences, v.Touched, v.Differences > 0 ? _found : [])
                    : null,
            };
        }
    }
}
