namespace PgSplit.Planning.Checks;

/// <summary>Parents and children move together (PROTOCOL case 39).</summary>
static class Inheritance
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var torn = await x.AskAsync(
            """
            SELECT i.inhrelid::regclass::text, i.inhparent::regclass::text, i.inhrelid = ANY ($1)
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'f')
            WHERE (i.inhrelid = ANY ($1)) <> (i.inhparent = ANY ($1))
            ORDER BY 1, 2
            """,
            r => (Child: r.GetString(0), Parent: r.GetString(1), ChildMoves: r.GetBoolean(2)), ct);
        foreach (var (child, parent, childMoves) in torn)
        {
            x.Blocker("inheritance-crosses", Names.Short(child), $"inherits from {Names.Short(parent)}, and only {(childMoves ? "the child" : "the parent")} moves",
                $"move both, or ALTER TABLE {child} NO INHERIT {parent}");
        }

        foreach (var root in x.Tables.Where(t => t.Kind == Catalog.TableKind.Partitioned && t.Root == t.Name))
        {
            x.Note("partitioned", root.Name.ToString(), $"is partitioned ({x.Tables.Count(t => t.Root == root.Name && t.HoldsRows)} partitions with rows); while the move is open, new partitions are made by pgsplit ddl allow only",
                "make the partitions of the coming weeks before");
        }
    }
}
