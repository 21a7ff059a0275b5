using System.Text.RegularExpressions;

namespace PgSplit.Planning.Checks;

/// <summary>
/// Functions that reach over the cut (PROTOCOL cases 44 and 112). What the catalog knows (SQL-standard bodies, row types) is certain;
/// other bodies are only searched for names, and a name that is put together at run time can't be found at all, so these are warnings.
/// </summary>
static partial class Functions
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        await ByCatalogAsync(x, ct);
        await ByBodyAsync(x, ct);
    }

    static async Task ByCatalogAsync(Examination x, CancellationToken ct)
    {
        var crossing = await x.AskAsync(
            """
            WITH used AS (
                SELECT d.objid AS function, d.refobjid AS relation FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
                UNION
                SELECT d.objid, t.typrelid FROM pg_depend d JOIN pg_type t ON t.oid = d.refobjid OR t.typarray = d.refobjid
                WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND t.typrelid <> 0)
            SELECT function::regprocedure::text,
                   array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid = ANY ($1)),
                   array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid <> ALL ($1))
            FROM used JOIN pg_class c ON c.oid = used.relation AND c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384
            GROUP BY function
            HAVING bool_or(c.oid = ANY ($1)) AND bool_or(c.oid <> ALL ($1))
            ORDER BY 1
            """,
            r => (Name: r.GetString(0), Inside: r.GetFieldValue<string[]>(1), Outside: r.GetFieldValue<string[]>(2)), ct);
        foreach (var f in crossing)
        {
            x.Blocker("function-crosses", Names.Short(f.Name), $"uses {Some(f.Inside)}, which moves, and {Some(f.Outside)}, which does not",
                $"DROP FUNCTION {f.Name}, or divide it in two, one for each side");
        }
    }

    static async Task ByBodyAsync(Examination x, CancellationToken ct)
    {
        var set = x.Tables.Where(t => t.Root == t.Name).Select(t => t.Name.Name).ToHashSet(StringComparer.Ordinal);
        var others = (await Catalog.UserTables.ReadAsync(x.Source, ct)).Select(t => t.Name.Name).Where(n => !set.Contains(n)).ToHashSet(StringComparer.Ordinal);
        var functions = await x.AskAsync(
            """
            SELECT p.oid::regprocedure::text, p.prosrc, EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid AND t.tgrelid = ANY ($1))
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
            WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'pgsplit') AND l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            ORDER BY 1
            """,
            r => (Name: Names.Short(r.GetString(0)), Body: r.GetString(1), IsTrigger: r.GetBoolean(2)), ct);
        foreach (var (name, body, isTrigger) in functions)
        {
            var code = WithoutComments(body);
            var words = Word().Matches(code).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);
            var inside = words.Where(set.Contains).Order(StringComparer.Ordinal).ToList();
            var outside = words.Where(others.Contains).Order(StringComparer.Ordinal).ToList();
            if (inside.Count > 0 && outside.Count > 0)
                x.Warning("function-names-both", name, $"names {Names.Some(inside)}, which moves, and {Names.Some(outside)}, which does not", "divide it, or see that it is not called after the switch");
            else if (isTrigger && outside.Count > 0)
                x.Warning("function-names-both", name, $"is a trigger of a table that moves, and names {Names.Some(outside)}, which does not", "take that out of it: it runs on the target after the switch");
            else if (inside.Count > 0 && !isTrigger)
                x.Warning("function-names-table", name, $"names {Names.Some(inside)}, which moves; what it writes there is refused by the source after the switch", "see that those who call it follow the route, or that it goes to the target");
            if (!isTrigger && inside.Count == 0 && !Dynamic().IsMatch(code))
                continue;
            if (Dynamic().IsMatch(code))
                x.Warning("function-dynamic-sql", name, "puts statements together at run time; which tables they touch can't be seen", "read it");
            if (code.Contains("pg_advisory", StringComparison.OrdinalIgnoreCase) || code.Contains("pg_try_advisory", StringComparison.OrdinalIgnoreCase))
                x.Warning("function-advisory-lock", name, "takes advisory locks, which hold in one database only", "see that all who take the same lock go to the target at the switch");
            if (Notifies().IsMatch(code))
                x.Warning("function-notify", name, "notifies, which is heard in its own database only", "let those who listen follow the route; replicated rows fire no triggers, so nothing is told twice");
        }
    }

    static string Some(string[] tables) => Names.Some([.. tables.Select(Names.Short)]);

    static string WithoutComments(string body) => Comment().Replace(body, " ");

    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/", RegexOptions.Singleline, 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_$]*", RegexOptions.None, 5000)]
    private static partial Regex Word();

    // Not the EXECUTE FUNCTION of a trigger's definition, nor GRANT EXECUTE ON.
    [GeneratedRegex(@"\bexecute\s+(?!function\b|procedure\b|on\b)", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex Dynamic();

    [GeneratedRegex(@"\bpg_notify\s*\(|\bnotify\s+\w", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex Notifies();
}
