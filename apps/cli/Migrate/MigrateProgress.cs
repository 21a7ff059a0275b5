using System.Globalization;
using PgSplit.Control;

namespace Hdms.Cli.Migrate;

/// <summary>
/// What a move reports, on standard error: nothing in the first two seconds, then a line every five and one as each phase ends. Silent
/// where programs read.
/// </summary>
internal sealed class MigrateProgress(string service, bool silent, TimeProvider clock) : IProgress<MoveProgress>, IDisposable
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(2), Every = TimeSpan.FromSeconds(5);

    readonly Lock _lock = new();
    readonly DateTimeOffset _quietUntil = clock.GetUtcNow() + First;
    DateTimeOffset _next = clock.GetUtcNow() + First;
    MoveProgress? _untold;

    public void Report(MoveProgress value)
    {
        lock (_lock)
        {
            if (_untold is { } last && last.Phase != value.Phase && clock.GetUtcNow() >= _quietUntil)
                Tell();
            _untold = value;
            if (clock.GetUtcNow() >= _next)
                Tell();
        }
    }

    public void Say(string what)
    {
        if (!silent)
            Console.Error.WriteLine(what.StartsWith(service, StringComparison.Ordinal) ? MigrateWords.Of(what, service) : $"{service}: {MigrateWords.Of(what, service)}");
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (clock.GetUtcNow() >= _quietUntil)
                Tell();
        }
    }

    void Tell()
    {
        if (_untold is not { } p || silent)
            return;
        var parts = new List<string> { p.Phase };
        if (p.Subject is not null)
            parts.Add(p.Subject);
        if (p.Rows > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{p.Rows} rows"));
        if (p.TotalBytes > 0)
            parts.Add($"{MigrateWords.Size(p.Bytes)} of {MigrateWords.Size(p.TotalBytes)}");
        if (p.Left is { } left)
            parts.Add($"{MigrateWords.Of(left)} left");
        Console.Error.WriteLine($"{service}: {string.Join(", ", parts)}");
        (_untold, _next) = (null, clock.GetUtcNow() + Every);
    }
}
