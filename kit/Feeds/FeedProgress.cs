using System.Diagnostics.Metrics;
using Hdms.Kit.Telemetry;

namespace Hdms.Kit.Feeds;

/// <summary>How far behind a reader is, also as the metric <c>hdms.feed.lag</c> (seconds).</summary>
public sealed class FeedProgress
{
    static readonly Meter Meter = new(KitTelemetry.Name);

    readonly TimeProvider _clock;
    DateTimeOffset _lastEvent;
    bool _caughtUp;

    internal FeedProgress(string reader, string service, TimeProvider clock)
    {
        _clock = clock;
        _lastEvent = clock.GetUtcNow();
        Meter.CreateObservableGauge(
            "hdms.feed.lag", () => new Measurement<double>(Lag.TotalSeconds, new("reader", reader), new("service", service)), "s");
    }

    /// <summary>Zero when nothing was left to read; else the age of the last event that was read.</summary>
    public TimeSpan Lag => _caughtUp ? TimeSpan.Zero : _clock.GetUtcNow() - _lastEvent;

    internal void Reached(DateTimeOffset eventTime, bool caughtUp)
    {
        _lastEvent = eventTime;
        _caughtUp = caughtUp;
    }

    internal void CaughtUp() => _caughtUp = true;
}
