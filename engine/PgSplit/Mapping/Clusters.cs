using PgSplit.Pg;

namespace PgSplit.Mapping;

/// <summary>Tables proposed as one service, and why.</summary>
sealed record Cluster(string Name, IReadOnlyList<QualifiedName> Tables, string Reason);

/// <summary>
/// Divides tables into services. Names say most about what belongs together: those that begin alike (tickets_ticket, tickets_comment; orders,
/// order_items) are a family. Between families, foreign keys are cut: a table that many others refer to (users) would else
/// tie everything into one. A table without family joins the one that it has most to do with. The same database gives the same answer.
/// </summary>
static class Clusters
{
    /// <summary>A table that so many tables of other families refer to is a service of its own, with its family.</summary>
    const int Hub = 3;

    /// <param name="graph">Tables and ties.</param>
    /// <param name="alone">Tables that nothing ties to others.</param>
    public static IReadOnlyList<Cluster> Of(TableGraph graph, out IReadOnlyList<QualifiedName> alone)
    {
        QualifiedName[] tables = [.. graph.Tables.Select(t => t.Name).Where(t => KnownTools.Of(t.Name) is null).Order()];
        var family = tables.ToDictionary(t => t, Stem);
        var ties = graph.Ties.Where(t => family.ContainsKey(t.From) && family.ContainsKey(t.To)).ToList();
        var hubs = tables.Where(t => Referrers(ties, t).Count(r => family[r] != family[t]) >= Hub).ToHashSet();
        var sizes = tables.CountBy(t => family[t]).ToDictionary(StringComparer.Ordinal);
        var settled = tables.Where(t => sizes[family[t]] > 1 || hubs.Contains(t)).ToHashSet();

        // One after another, so that what has joined can be joined.
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var table in tables.Where(t => !settled.Contains(t)))
            {
                if (Nearest(table, ties, settled, family) is not { } home)
                    continue;
                family[table] = home;
                moved = settled.Add(table);
            }

            if (!moved && ties.FirstOrDefault(t => !settled.Contains(t.From) && !settled.Contains(t.To)) is { } pair)
            {
                // Two without family make one.
                family[pair.From] = family[pair.To];
                settled.Add(pair.From);
                settled.Add(pair.To);
                moved = true;
            }
        }

        alone = [.. tables.Where(t => !settled.Contains(t))];
        return Named(tables.Where(settled.Contains), family, ties, hubs);
    }

    static string? Nearest(QualifiedName table, List<Tie> ties, HashSet<QualifiedName> settled, Dictionary<QualifiedName, string> family) =>
        ties.Where(t => t.From == table || t.To == table)
            .Select(t => (Other: t.From == table ? t.To : t.From, t.Weight))
            .Where(t => settled.Contains(t.Other))
            .GroupBy(t => family[t.Other], StringComparer.Ordinal)
            .OrderByDescending(g => g.Sum(t => t.Weight)).ThenBy(g => g.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.Key;

    static List<Cluster> Named(IEnumerable<QualifiedName> tables, Dictionary<QualifiedName, string> family, List<Tie> ties, HashSet<QualifiedName> hubs)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var clusters = new List<Cluster>();
        foreach (var group in tables.GroupBy(t => family[t], StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            List<QualifiedName> members = [.. group];
            var centre = members.OrderByDescending(t => Referrers(ties, t).Count).ThenBy(t => t).First();
            var name = Unique(Safe(NameOf(members, centre)), taken);
            var referrers = Referrers(ties, centre).Count;
            var reason = hubs.Contains(centre) ? $"{referrers} tables refer to {centre}"
                : members.Count == 1 ? "stands by itself"
                : referrers > 0 ? $"tables of one name or tied to them, around {centre}" : "tables of one name";
            clusters.Add(new Cluster(name, members, reason));
        }

        return [.. clusters.OrderBy(c => c.Name, StringComparer.Ordinal)];
    }

    // tickets_ticket, tickets_comment → tickets; orders, order_items → orders; app.* → app.
    static string NameOf(List<QualifiedName> members, QualifiedName centre)
    {
        if (centre.Schema != "public")
            return centre.Schema;
        var first = FirstWord(centre.Name);
        return first.Length < centre.Name.Length && (members.Count(m => FirstWord(m.Name) == first) > 1 || StemOf(first) == StemOf(FirstWord(centre.Name[(first.Length + 1)..])))
            ? first
            : centre.Name;
    }

    static List<QualifiedName> Referrers(List<Tie> ties, QualifiedName table) =>
        [.. ties.Where(t => t.IsForeignKey && t.To == table).Select(t => t.From).Distinct()];

    static string Stem(QualifiedName table) => table.Schema == "public" ? StemOf(FirstWord(table.Name)) : table.Schema + ".";

    static string StemOf(string word) =>
        word.EndsWith("ies", StringComparison.OrdinalIgnoreCase) && word.Length > 4 ? word[..^3].ToLowerInvariant() + "y"
        : word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) && word.Length > 3 ? word[..^1].ToLowerInvariant()
        : word.ToLowerInvariant();

    static string FirstWord(string name) => name.IndexOf('_', StringComparison.Ordinal) is > 0 and var end ? name[..end] : name;

    static string Safe(string name)
    {
        var safe = string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')).TrimStart('_');
        if (safe.Length == 0 || !char.IsAsciiLetter(safe[0]))
            safe = "service_" + safe;
        return safe.Length <= 36 ? safe : safe[..36];
    }

    static string Unique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var n = 2; !taken.Add(unique); n++)
            unique = $"{name}_{n}";
        return unique;
    }
}
