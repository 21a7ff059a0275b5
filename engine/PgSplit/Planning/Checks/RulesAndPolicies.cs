namespace PgSplit.Planning.Checks;

/// <summary>Rules and row security policies look at one side only (PROTOCOL case 44).</summary>
static class RulesAndPolicies
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var rules = await x.AskAsync(
            """
            SELECT w.rulename, w.ev_class::regclass::text, quote_ident(w.rulename),
                   (w.ev_class = ANY ($1)) AND bool_and(d.refobjid = ANY ($1)) AS inside
            FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class AND c.relkind IN ('r', 'p', 'v')
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid >= 16384
            JOIN pg_class used ON used.oid = d.refobjid AND used.relkind IN ('r', 'p', 'f', 'v')
            WHERE w.rulename <> '_RETURN'
            GROUP BY w.oid, w.rulename, w.ev_class
            HAVING w.ev_class = ANY ($1) OR bool_or(d.refobjid = ANY ($1))
            ORDER BY 2, 1
            """,
            r => (Name: r.GetString(0), Table: r.GetString(1), Quoted: r.GetString(2), Inside: r.GetBoolean(3)), ct);
        foreach (var rule in rules)
        {
            var on = $"{Names.Short(rule.Table)}.{rule.Name}";
            if (rule.Inside)
                x.Warning("rule", on, "rewrites statements on a table that moves; it goes along", "see that what it does is still meant on the target");
            else
                x.Blocker("rule-crosses", on, "this rule has to do with tables on both sides of the cut", $"DROP RULE {rule.Quoted} ON {rule.Table}");
        }

        var policies = await x.AskAsync(
            """
            SELECT p.polname, p.polrelid::regclass::text, quote_ident(p.polname)
            FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
            JOIN pg_class used ON used.oid = d.refobjid AND used.relkind IN ('r', 'p', 'f', 'v') AND used.oid >= 16384
            WHERE (p.polrelid = ANY ($1)) <> (used.oid = ANY ($1))
            GROUP BY p.oid ORDER BY 2, 1
            """,
            r => (Name: r.GetString(0), Table: r.GetString(1), Quoted: r.GetString(2)), ct);
        foreach (var policy in policies)
        {
            x.Blocker("policy-crosses", $"{Names.Short(policy.Table)}.{policy.Name}", "this policy looks at a table on the other side of the cut",
                $"DROP POLICY {policy.Quoted} ON {policy.Table}, or write it without that table");
        }
    }
}
