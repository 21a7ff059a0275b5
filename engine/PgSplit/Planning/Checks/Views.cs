namespace PgSplit.Planning.Checks;

/// <summary>Views and materialised views read one side only (PROTOCOL case 44).</summary>
static class Views
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var views = await x.AskAsync(
            """
            WITH RECURSIVE reads(view, read) AS (
                SELECT DISTINCT w.ev_class, d.refobjid
                FROM pg_rewrite w
                JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm') AND v.oid >= 16384
                JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class),
            deep(view, read) AS (
                SELECT view, read FROM reads
                UNION
                SELECT deep.view, reads.read FROM deep JOIN reads ON reads.view = deep.read)
            SELECT v.oid::regclass::text, v.relkind::text,
                   array_agg(DISTINCT t.oid::regclass::text) FILTER (WHERE t.oid = ANY ($1)),
                   coalesce(array_agg(DISTINCT t.oid::regclass::text) FILTER (WHERE t.oid <> ALL ($1) AND t.relkind IN ('r', 'p', 'f') AND t.oid >= 16384), '{}')
            FROM deep JOIN pg_class v ON v.oid = deep.view JOIN pg_class t ON t.oid = deep.read
            GROUP BY v.oid, v.relkind
            HAVING bool_or(t.oid = ANY ($1))
            ORDER BY 1
            """,
            r => new { Name = r.GetString(0), IsMaterialised = r.GetString(1) == "m", Inside = r.GetFieldValue<string[]>(2), Outside = r.GetFieldValue<string[]>(3) }, ct);
        foreach (var view in views)
        {
            var kind = view.IsMaterialised ? "materialised view" : "view";
            if (view.Outside.Length > 0)
            {
                x.Blocker("view-crosses", Names.Short(view.Name), $"this {kind} reads {Some(view.Inside)}, which moves, and {Some(view.Outside)}, which does not",
                    $"DROP {(view.IsMaterialised ? "MATERIALIZED VIEW" : "VIEW")} {view.Name}, once the application asks both sides itself");
            }
            else if (view.IsMaterialised)
            {
                x.Note("matview", Names.Short(view.Name), "is defined anew on the target and filled there: its rows are not copied");
            }
        }
    }

    static string Some(string[] tables) => Names.Some([.. tables.Select(Names.Short)]);
}
