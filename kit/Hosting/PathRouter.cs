namespace Hdms.Kit.Hosting;

/// <summary>
/// Finds who answers a path: prefixes by segment, <c>*</c> for any one segment, the longest wins, and a named segment wins over
/// <c>*</c>; what nobody claims is the last one's. deploy/nginx.conf does the same for services in processes of their own.
/// </summary>
public sealed class PathRouter<T>(IEnumerable<(string Pattern, T Target)> patterns, T otherwise)
{
    // In the order in which they win, so that the first that fits is the one.
    readonly (string[] Segments, T Target)[] _patterns =
    [
        .. patterns.Select(p => (Segments: p.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries), p.Target))
            .OrderByDescending(p => p.Segments.Length)
            .ThenBy(p => p.Segments.Count(s => s == "*")),
    ];

    public T Find(ReadOnlySpan<char> path)
    {
        foreach (var (segments, target) in _patterns)
        {
            if (Fits(segments, path))
                return target;
        }

        return otherwise;
    }

    static bool Fits(string[] segments, ReadOnlySpan<char> path)
    {
        var rest = path;
        foreach (var wanted in segments)
        {
            if (rest.IsEmpty || rest[0] != '/')
                return false;
            rest = rest[1..];
            var end = rest.IndexOf('/');
            var segment = end < 0 ? rest : rest[..end];
            if (wanted == "*" ? segment.IsEmpty : !segment.SequenceEqual(wanted))
                return false;
            rest = rest[segment.Length..];
        }

        return true;
    }
}
