using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Kit.Http;

/// <summary>
/// How many rows a list has, counted only where that is not known already. A total that is shown is exact; only that there are more than
/// are counted (<see cref="PageQuery.MostRows"/>) is remembered for a while, since counting as far as that costs more than the page.
/// </summary>
public sealed class Totals(TimeProvider clock)
{
    /// <summary>As long as lists may be old (DOMAIN.md section 6).</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    const int MostRemembered = 10_000;

    readonly ConcurrentDictionary<string, DateTimeOffset> _long = new(StringComparer.Ordinal);

    /// <param name="found">As many rows as <see cref="PageQuery.Take"/> found.</param>
    /// <param name="question">Is the same for the same list and the same caller alone.</param>
    /// <param name="count">Counts up to <see cref="PageQuery.CountUpTo"/>.</param>
    public async Task<long> OfAsync(PageQuery page, int found, string question, Func<Task<long>> count)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(count);
        if (page.CountUpTo() == 0)
        {
            return 0;
        }

        // The last page tells by itself; one past it does not.
        if (found <= page.Limit && (found > 0 || page.Page == 1))
        {
            return page.Skip() + found;
        }

        if (page.CountUpTo() is not { } most)
        {
            return await count();
        }

        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(question)));
        var now = clock.GetUtcNow();
        if (_long.TryGetValue(key, out var until) && now < until)
        {
            return most;
        }

        var counted = await count();
        if (counted < most)
        {
            _long.TryRemove(key, out _);
            return counted;
        }

        if (_long.Count >= MostRemembered)
        {
            _long.Clear();
        }

        _long[key] = now + Remembered;
        return counted;
    }
}
