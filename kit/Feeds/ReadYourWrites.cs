using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Feeds;

/// <summary>
/// A caller that has just written elsewhere sends <c>X-HDMS-Position: users=1.57</c> as it was given, and a read here waits
/// until the readers of that service have come so far; two seconds at most, then it answers with <c>X-HDMS-Stale: true</c>.
/// The database knows of every write to this service itself, what is kept of it in memory is told by <see cref="ReadAfter"/>.
/// </summary>
sealed class ReadYourWrites(RequestDelegate next, ServiceDatabase database, IEnumerable<FeedReader> readers, TimeProvider clock)
{
    const string Header = "X-HDMS-Position";
    const string StaleHeader = "X-HDMS-Stale";
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public Task InvokeAsync(HttpContext http)
    {
        var header = http.Request.Headers[Header];
        if (header.Count == 0)
        {
            return next(http);
        }

        // Read for a write, too: it goes along to other services, which would refuse it.
        var given = Parse(header.ToString()).ToLookup(w => w.Source == database.Service);
        if (given[true].Any())
        {
            http.Features.Set(new ReadAfter(given[true].Max(w => w.At)));
        }

        var wanted = given[false].ToList();
        return HttpMethods.IsGet(http.Request.Method) ? CatchUpAsync(http, wanted) : next(http);
    }

    async Task CatchUpAsync(HttpContext http, List<(string Source, LogPosition At)> wanted)
    {
        if (wanted.Count > 0 && !await WaitAsync(wanted, http.RequestAborted))
        {
            http.Response.Headers[StaleHeader] = "true";
        }

        await next(http);
    }

    static IEnumerable<(string Source, LogPosition At)> Parse(string header)
    {
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=');
            yield return pair.Length == 2 && LogPosition.TryParse(pair[1], out var at)
                ? (pair[0], at)
                : throw new Refusal(Codes.Malformed, $"{Header} takes positions as they were given: users=1.57, tickets=1.9.");
        }
    }

    async Task<bool> WaitAsync(List<(string Source, LogPosition At)> wanted, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        for (; ; )
        {
            var cursors = await database.ReadAsync(c => c.QueryAsync<(string Source, int Epoch, long Position)>(new CommandDefinition(
                $"SELECT source, epoch, position FROM {database.Service}_cursors", cancellationToken: ct)), ct);

            // A cursor of a later epoch is past whatever an older one can mean: positions are reset, never waited for.
            var behind = cursors.Any(c => wanted.Exists(w => w.Source == c.Source && new LogPosition(c.Epoch, c.Position) < w.At));
            if (!behind)
            {
                return true;
            }

            if (clock.GetElapsedTime(started) >= Longest)
            {
                return false;
            }

            foreach (var reader in readers.Where(r => wanted.Exists(w => w.Source == r.Source.Name)))
            {
                reader.Hurry();
            }

            await Task.Delay(Look, clock, ct);
        }
    }
}

/// <summary>The position in this service's own log that a request came with.</summary>
sealed record ReadAfter(LogPosition Position);
