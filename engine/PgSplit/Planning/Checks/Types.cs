namespace PgSplit.Planning.Checks;

/// <summary>Types that columns are made of, on both sides of the cut.</summary>
static class Types
{
    const string Used =
        """
        WITH RECURSIVE used(relation, oid) AS (
            SELECT a.attrelid, a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= 16384
            UNION
            SELECT u.relation, part.oid FROM used u JOIN pg_type t ON t.oid = u.oid,
            LATERAL (SELECT t.typelem WHERE t.typelem <> 0
                     UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                     UNION ALL SELECT f.atttypid FROM pg_attribute f WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
                     UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid) part(oid)
            WHERE part.oid >= 16384)
        """;

    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var rows = await x.AskAsync(
            Used +
            """
            SELECT u.relation::regclass::text, t.typrelid::regclass::text, u.relation = ANY ($1)
            FROM used u JOIN pg_type t ON t.oid = u.oid JOIN pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
            WHERE (u.relation = ANY ($1)) <> (t.typrelid = ANY ($1))
            ORDER BY 1, 2
            """,
            r => (Table: Names.Short(r.GetString(0)), Of: Names.Short(r.GetString(1)), Moves: r.GetBoolean(2)), ct);
        foreach (var (table, of, moves) in rows)
        {
            x.Blocker("row-type-crosses", table, moves
                ? $"has a column of the row type of {of}, which does not move"
                : $"has a column of the row type of {of}, which moves", "change the column to a composite type of its own");
        }

        var shared = await x.AskAsync(
            Used +
            """
            SELECT format_type(t.oid, NULL), t.typtype = 'e'
            FROM used u JOIN pg_type t ON t.oid = u.oid AND t.typtype IN ('e', 'd', 'c', 'r') LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE (c.oid IS NULL OR c.relkind = 'c')
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
            GROUP BY t.oid, t.typtype
            HAVING bool_or(u.relation = ANY ($1)) AND bool_or(u.relation <> ALL ($1))
            ORDER BY 1
            """,
            r => (Name: Names.Short(r.GetString(0)), IsEnum: r.GetBoolean(1)), ct);
        foreach (var (name, isEnum) in shared)
        {
            x.Note("type-shared", name, "is used on both sides of the cut: it is made on the target too, and each side has its own from then on",
                isEnum ? "add new values on both sides" : null);
        }
    }
}
