using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A part of a table or view that comes after the rows, or one that would have refused rows that are there on the source.</summary>
/// <param name="Object">What it is, for people and to find it on the other side: <c>trigger a on app.t</c>.</param>
/// <param name="Statement">Makes it; null where none of its roles is on the target.</param>
/// <param name="Validated">The table whose rows the statement reads, all of them; null where it reads none.</param>
sealed record LatePart(string Object, string? Statement, string? Validated = null);

/// <summary>Foreign keys, checks that were never validated, triggers, rules and policies; and the states of such parts, as the statement that brings them about.</summary>
static class LateParts
{
    /// <param name="connection">Either side.</param>
    /// <param name="relations">Tables and views of the set, there.</param>
    /// <param name="types">Types of the set, there.</param>
    /// <param name="roles">Roles that both sides have: policies name no others.</param>
    /// <param name="ct">Token.</param>
    public static Task<List<LatePart>> ReadAsync(NpgsqlConnection connection, uint[] relations, uint[] types, string[] roles, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT object, statement FROM (
            SELECT 1, NULL::int, format('constraint %I on %s', k.conname, k.conrelid::regclass),
                   format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
            FROM pg_constraint k WHERE k.conrelid = ANY ($1) AND k.contype IN ('c', 'n') AND NOT k.convalidated AND k.conislocal
            UNION ALL
            SELECT 1, NULL, format('constraint %I on %s', k.conname, k.contypid::regtype),
                   format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', k.contypid::regtype, k.conname, pg_get_constraintdef(k.oid))
            FROM pg_constraint k WHERE k.contypid = ANY ($2) AND k.contype = 'c' AND NOT k.convalidated
            UNION ALL
            -- Not validated at first, so that writers wait for an instant only; partitioned tables can't have it so. A partition's follows from
            -- its root's, unless it has a name of its own: then it is made first, and the root's joins it.
            SELECT CASE WHEN k.conparentid <> 0 THEN 2 ELSE 3 END, NULL, format('constraint %I on %s', k.conname, k.conrelid::regclass),
                   format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid),
                          CASE WHEN k.convalidated AND k.conparentid = 0 AND c.relkind <> 'p' THEN ' NOT VALID' END)
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_constraint root ON root.oid = k.conparentid
            WHERE k.conrelid = ANY ($1) AND k.contype = 'f' AND k.confrelid = ANY ($1)
              AND (k.conparentid = 0 OR root.conrelid <> k.conrelid AND root.conname <> k.conname)
            UNION ALL
            SELECT 5, NULL, format('rule %I on %s', r.rulename, r.ev_class::regclass), pg_get_ruledef(r.oid)
            FROM pg_rewrite r WHERE r.ev_class = ANY ($1) AND r.rulename <> '_RETURN'
            UNION ALL
            SELECT 6, NULL, format('trigger %I on %s', g.tgname, g.tgrelid::regclass), pg_get_triggerdef(g.oid)
            FROM pg_trigger g WHERE g.tgrelid = ANY ($1) AND NOT g.tgisinternal AND g.tgparentid = 0 AND NOT starts_with(g.tgname, 'pgsplit_fence')
            UNION ALL
            SELECT 7, NULL, format('policy %I on %s', p.polname, p.polrelid::regclass),
                   format('CREATE POLICY %I ON %s AS %s FOR %s TO ', p.polname, p.polrelid::regclass, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                          CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END)
                   || CASE WHEN p.polroles = '{0}' THEN 'PUBLIC'
                           ELSE (SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles) AND r.rolname = ANY ($3)) END
                   || coalesce(format(' USING (%s)', pg_get_expr(p.polqual, p.polrelid)) || CASE WHEN p.polqual IS NOT NULL THEN '' END, '')
                   || coalesce(format(' WITH CHECK (%s)', pg_get_expr(p.polwithcheck, p.polrelid)) || CASE WHEN p.polwithcheck IS NOT NULL THEN '' END, '')
            FROM pg_policy p WHERE p.polrelid = ANY ($1)) parts(phase, n, object, statement)
        ORDER BY phase, object COLLATE "C"
        """,
        r => new LatePart(r.GetString(0), r.TextOrNull(1)), ct, relations, types, roles);

    /// <summary>One statement per state: the side that lacks it runs it.</summary>
    public static Task<List<LatePart>> StatesAsync(NpgsqlConnection connection, uint[] relations, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT object, statement, validated FROM (
            SELECT 1, format('validity of constraint %I on %s', k.conname, k.conrelid::regclass), format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname),
                   k.conrelid::regclass::text
            FROM pg_constraint k WHERE k.conrelid = ANY ($1) AND k.contype = 'f' AND k.conparentid = 0 AND k.convalidated AND k.confrelid = ANY ($1)
            UNION ALL
            SELECT 2, format('state of trigger %I on %s', g.tgname, g.tgrelid::regclass), format('ALTER TABLE ONLY %s %s TRIGGER %I', g.tgrelid::regclass,
                   CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, g.tgname), NULL
            FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
            WHERE g.tgrelid = ANY ($1) AND NOT g.tgisinternal AND c.relkind IN ('r', 'p') AND NOT starts_with(g.tgname, 'pgsplit_fence')
            UNION ALL
            SELECT 3, format('state of rule %I on %s', r.rulename, r.ev_class::regclass), format('ALTER TABLE %s %s RULE %I', r.ev_class::regclass,
                   CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, r.rulename), NULL
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.ev_class = ANY ($1) AND r.rulename <> '_RETURN' AND c.relkind IN ('r', 'p')
            UNION ALL
            SELECT 4, format('row security of %s', c.oid::regclass), format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', c.oid::regclass,
                   CASE WHEN c.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END, CASE WHEN c.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END), NULL
            FROM pg_class c WHERE c.oid = ANY ($1) AND c.relkind IN ('r', 'p')) states(phase, object, statement, validated)
        ORDER BY phase, object COLLATE "C"
        """,
        r => new LatePart(r.GetString(0), r.GetString(1), r.TextOrNull(2)), ct, relations);
}
