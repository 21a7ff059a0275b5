using System.Diagnostics.Metrics;
using Hdms.Kit.Telemetry;

namespace Hdms.Kit.Caching;

/// <summary>What a cache tells of itself, by service: an outage shows as faults and as misses that were hits before.</summary>
sealed class CacheMetrics(string service, string name = "hdms.cache") : IDisposable
{
    readonly Meter _meter = new(KitTelemetry.Name);
    readonly KeyValuePair<string, object?> _service = new("service", service);
    Counter<long>? _hits;
    Counter<long>? _misses;
    Counter<long>? _faults;

    public void Hit(int count) => (_hits ??= _meter.CreateCounter<long>($"{name}.hits")).Add(count, _service);

    public void Miss(int count) => (_misses ??= _meter.CreateCounter<long>($"{name}.misses")).Add(count, _service);

    /// <summary>The store failed or was too slow, once.</summary>
    public void Fault() => (_faults ??= _meter.CreateCounter<long>($"{name}.faults")).Add(1, _service);

    public void Dispose() => _meter.Dispose();
}
