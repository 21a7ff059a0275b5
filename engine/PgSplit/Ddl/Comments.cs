using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A comment and the thing it is on, named as COMMENT ON names it.</summary>
sealed record CommentOn(string Object, string Text);

/// <summary>Comments of a set on everything that can have one: read alike on both sides, so that what differs is what has to be said.</summary>
static class Comments
{
    public static async Task ApplyAsync(NpgsqlConnection source, MoveSet sourceSet, NpgsqlConnection target, MoveSet targetSet, string[] roles, CancellationToken ct)
    {
        var wanted = await ReadAsync(source, sourceSet, roles, ct);
        var there = await ReadAsync(target, targetSet, roles, ct);
        foreach (var comment in wanted.Except(there))
            await target.ExecuteAsync($"COMMENT ON {comment.Object} IS {Sql.Text(comment.Text)}", ct);
        foreach (var gone in there.Select(c => c.Object).Except(wanted.Select(c => c.Object)))
            await target.ExecuteAsync($"COMMENT ON {gone} IS NULL", ct);
    }

    // Policies for none of the roles that both sides have are left out, and so is what is said of them.
    public static Task<List<CommentOn>> ReadAsync(NpgsqlConnection connection, MoveSet set, string[] roles, CancellationToken ct) => connection.QueryAsync(
        """
        WITH whole AS (SELECT n.class::regclass::oid AS classid, n.oid FROM unnest($1::text[], $2::oid[]) n(class, oid)),
        part AS (
            SELECT classid, oid FROM whole
            UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = k.conrelid AND k.contype <> 't'
            UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN whole w ON w.classid = 'pg_type'::regclass AND w.oid = k.contypid
            UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = i.indrelid AND i.indisvalid
            UNION ALL SELECT 'pg_class'::regclass, t.typrelid FROM pg_type t JOIN whole w ON w.classid = 'pg_type'::regclass AND w.oid = t.oid AND t.typtype = 'c'
            UNION ALL SELECT 'pg_trigger'::regclass, g.oid FROM pg_trigger g JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = g.tgrelid
                      AND NOT g.tgisinternal AND NOT starts_with(g.tgname, 'pgsplit_fence')
            UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = p.polrelid
                      AND (p.polroles = '{0}' OR EXISTS (SELECT FROM pg_roles r WHERE r.oid = ANY (p.polroles) AND r.rolname = ANY ($3)))
            UNION ALL SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = r.ev_class AND r.rulename <> '_RETURN'
            UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext s JOIN whole w ON w.classid = 'pg_class'::regclass AND w.oid = s.stxrelid)
        SELECT CASE WHEN d.objsubid > 0 THEN 'COLUMN ' || o.identity
                    WHEN o.type = 'table constraint' THEN 'CONSTRAINT ' || o.identity
                    WHEN o.type = 'domain constraint' THEN format('CONSTRAINT %I ON DOMAIN %s', k.conname, dom.identity)
                    WHEN o.type = 'statistics object' THEN 'STATISTICS ' || o.identity
                    WHEN o.type = 'composite type' THEN 'TYPE ' || o.identity
                    ELSE upper(o.type) || ' ' || o.identity END,
               d.description
        FROM part JOIN pg_description d ON d.classoid = part.classid AND d.objoid = part.oid
        CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
        LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
        LEFT JOIN LATERAL pg_identify_object('pg_type'::regclass, nullif(k.contypid, 0), 0) dom ON k.contypid <> 0
        ORDER BY 1
        """,
        r => new CommentOn(r.GetString(0), r.GetString(1)), ct, set.Objects.Select(o => o.Class).ToArray(), set.Objects.Select(o => o.Oid).ToArray(), roles);
}
