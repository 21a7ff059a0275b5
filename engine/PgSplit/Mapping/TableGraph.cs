using System.Text.RegularExpressions;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Mapping;

/// <summary>A reason for two tables to stay together.</summary>
/// <param name="From">The table that refers.</param>
/// <param name="To">The table referred to; of views and statements, either.</param>
/// <param name="Weight">How good a reason: a foreign key 3, a view 2, a statement 1.</param>
/// <param name="What">As a person is told.</param>
sealed record Tie(QualifiedName From, QualifiedName To, int Weight, string What)
{
    public bool IsForeignKey => Weight == 3;
}

/// <summary>The tables of a database and what ties them: foreign keys, views, statements seen.</summary>
sealed partial record TableGraph(IReadOnlyList<UserTable> Tables, IReadOnlyList<Tie> Ties, bool StatementsSeen)
{
    public static async Task<TableGraph> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var tables = await UserTables.ReadAsync(connection, ct);
        var names = tables.ToDictionary(t => t.Oid, t => t.Name);
        var ties = new List<Tie>();
        foreach (var (from, to, columns) in await connection.QueryAsync(
            """
            SELECT k.conrelid, k.confrelid, (SELECT string_agg(a.attname, ', ' ORDER BY c.n) FROM unnest(k.conkey) WITH ORDINALITY c(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.num)
            FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname COLLATE "C", k.oid
            """,
            r => (r.GetFieldValue<uint>(0), r.GetFieldValue<uint>(1), r.GetString(2)), ct))
        {
            if (names.TryGetValue(from, out var child) && names.TryGetValue(to, out var parent) && child != parent)
                ties.Add(new Tie(child, parent, 3, $"{child}.{columns} → {parent}"));
        }

        foreach (var (view, read) in await connection.QueryAsync(
            """
            SELECT v.relname::text, array_agg(DISTINCT d.refobjid)
            FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm') AND v.oid >= 16384
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
            GROUP BY v.oid, v.relname ORDER BY v.relname COLLATE "C", v.oid
            """,
            r => (r.GetString(0), r.GetFieldValue<uint[]>(1)), ct))
        {
            ties.AddRange(Pairs([.. read.Where(names.ContainsKey).Select(o => names[o])], 2, $"view {view}"));
        }

        var statements = await Catalog.StatementsSeen.ReadAsync(connection, ct);
        ties.AddRange(OfStatements(statements ?? [], tables));
        return new TableGraph(tables, ties, statements is not null);
    }

    static IEnumerable<Tie> OfStatements(IReadOnlyList<StatementSeen> statements, List<UserTable> tables)
    {
        var byName = tables.GroupBy(t => t.Name.Name, StringComparer.Ordinal).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.First().Name, StringComparer.Ordinal);
        // A pair counts once, however many statements join it.
        return statements.SelectMany(s => Pairs([.. Word().Matches(s.Text).Select(m => m.Value).Where(byName.ContainsKey).Select(w => byName[w]).Distinct()], 1, "statements that join them")).Distinct();
    }

    static IEnumerable<Tie> Pairs(List<QualifiedName> together, int weight, string what)
    {
        together.Sort();
        return from i in Enumerable.Range(0, together.Count)
               from j in Enumerable.Range(i + 1, together.Count - i - 1)
               select new Tie(together[i], together[j], weight, what);
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_$]*", RegexOptions.None, 5000)]
    private static partial Regex Word();
}
