namespace PgSplit.Planning.Checks;

/// <summary>A sequence belongs to one side.</summary>
static class Sequences
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var shared = await x.AskAsync(
            """
            WITH used AS (
                -- By a column's default, or owned by a column (serial and identity).
                SELECT d.refobjid AS sequence, ad.adrelid AS relation
                FROM pg_depend d JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
                WHERE d.refclassid = 'pg_class'::regclass
                UNION
                SELECT d.objid, d.refobjid FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))
            SELECT s.oid::regclass::text,
                   array_agg(DISTINCT used.relation::regclass::text) FILTER (WHERE used.relation = ANY ($1)),
                   array_agg(DISTINCT used.relation::regclass::text) FILTER (WHERE used.relation <> ALL ($1))
            FROM used JOIN pg_class s ON s.oid = used.sequence AND s.relkind = 'S'
            GROUP BY s.oid
            HAVING bool_or(used.relation = ANY ($1)) AND bool_or(used.relation <> ALL ($1))
            ORDER BY 1
            """,
            r => (Name: r.GetString(0), Inside: r.GetFieldValue<string[]>(1), Outside: r.GetFieldValue<string[]>(2)), ct);
        foreach (var s in shared)
        {
            x.Blocker("sequence-shared", Names.Short(s.Name), $"gives numbers to {Some(s.Inside)}, which moves, and to {Some(s.Outside)}, which does not",
                "give each side a sequence of its own (ALTER TABLE … ALTER COLUMN … SET DEFAULT nextval(…)), with ranges that don't meet if the numbers must not");
        }
    }

    static string Some(string[] tables) => Names.Some([.. tables.Select(Names.Short)]);
}
