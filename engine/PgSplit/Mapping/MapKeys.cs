namespace PgSplit.Mapping;

/// <summary>The words of a map, level by level: the parser, the JSON Schema and the documentation know the same ones (a test holds that).</summary>
static class MapKeys
{
    public static readonly string[] Root = ["source", "services", "ignore"];
    public static readonly string[] Service = ["target", "tables", "lock_first", "hooks", "options"];
    public static readonly string[] Table = ["to", "key", "where", "columns", "unique", "unfit"];
    public static readonly string[] Unique = ["columns", "duplicates", "column"];
    public static readonly string[] Column = ["to", "sql", "inverse", "drop", "references", "on_delete"];
    public static readonly string[] Hook = ["when", "command", "url", "pgbouncer", "database", "config", "timeout"];
    public static readonly string[] Options = ["pause_budget", "workers", "chunk_size", "group_size", "wal_budget", "verification_valid_for"];

    /// <summary>The known word nearest to one that is not known, or null where none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var (best, distance) = known.Select(k => (Word: k, Distance: Distance(word, k))).OrderBy(k => k.Distance).ThenBy(k => k.Word, StringComparer.Ordinal).FirstOrDefault();
        return best is not null && distance <= Math.Max(1, Math.Min(word.Length, best.Length) / 3) ? best : null;
    }

    // Levenshtein's, with one row.
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var here = Math.Min(diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1), Math.Min(row[j], row[j - 1]) + 1);
                (diagonal, row[j]) = (row[j], here);
            }
        }

        return row[^1];
    }
}
