using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>Takes down what a move made on its target (PROTOCOL 1.9, step 15): exactly what pgsplit.created names, in one transaction.</summary>
static class TargetDrop
{
    public static async Task RunAsync(NpgsqlConnection target, string moveId, CancellationToken ct)
    {
        await using var transaction = await target.BeginTransactionAsync(ct);
        await target.ExecuteAsync("SET LOCAL lock_timeout = '5s'", ct);
        // Nobody can come to depend on a table between the look and the drop.
        foreach (var (_, identity) in (await MineAsync(target, moveId, ct)).Where(m => m.Type == "table"))
            await target.ExecuteAsync($"LOCK TABLE ONLY {identity} IN ACCESS EXCLUSIVE MODE", ct);
        await LeaveToOthersAsync(target, moveId, ct);
        if (await FirstStrangerAsync(target, moveId, ct) is var (stranger, on))
            throw new PgSplitException(ExitCode.Refused, $"{stranger} depends on {on}, which the move {moveId} made; nothing was dropped", $"drop {stranger}, or keep both");

        // Whatever depends on these is among them, so CASCADE only spares finding an order among tables that refer to each other.
        foreach (var (type, identity) in (await MineAsync(target, moveId, ct)).OrderBy(m => m.Type switch { "schema" => 2, "extension" => 1, _ => 0 }))
            await target.ExecuteAsync($"DROP {(type == "composite type" ? "TYPE" : type.ToUpperInvariant())} IF EXISTS {identity} {(type == "schema" ? "RESTRICT" : "CASCADE")}", ct);
        await target.ExecuteAsync("DELETE FROM pgsplit.created WHERE move_id = $1", ct, moveId);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Type and name, as SQL has them, of what is still there, the youngest first. A sequence of an identity column and the like are not named: they go with their table.</summary>
    static Task<List<(string Type, string Identity)>> MineAsync(NpgsqlConnection target, string moveId, CancellationToken ct) => target.QueryAsync(
        """
        SELECT o.type, o.identity FROM pgsplit.created c, pg_identify_object(c.class::regclass, c.oid, 0) o
        WHERE c.move_id = $1 AND o.identity IS NOT NULL ORDER BY c.id DESC
        """,
        r => (r.GetString(0), r.GetString(1)), ct, moveId);

    /// <summary>A schema or extension that others use stays; types and functions that another move uses too are that one's from now on.</summary>
    static async Task LeaveToOthersAsync(NpgsqlConnection target, string moveId, CancellationToken ct)
    {
        while (await target.ExecuteAsync(
            $"""
            {OwnedWhere("c.move_id <> $1")}
            UPDATE pgsplit.created c SET move_id = x.move_id
            FROM (SELECT DISTINCT ON (d.refclassid, d.refobjid) d.refclassid, d.refobjid, w.move_id
                  FROM owned w JOIN pg_depend d ON d.classid = w.classid AND d.objid = w.objid ORDER BY d.refclassid, d.refobjid, w.move_id) x
            WHERE c.move_id = $1 AND c.class IN ('pg_type', 'pg_proc', 'pg_collation') AND x.refclassid = c.class::regclass AND x.refobjid = c.oid
            """, ct, moveId) > 0)
        {
            // What those are made of in turn.
        }

        await target.ExecuteAsync(
            $"""
            {OwnedWhere("c.move_id = $1")}
            DELETE FROM pgsplit.created c
            WHERE c.move_id = $1 AND c.class IN ('pg_namespace', 'pg_extension') AND EXISTS (
                SELECT FROM (SELECT c.class::regclass::oid AS classid, c.oid AS objid
                             UNION ALL SELECT classid, objid FROM pg_depend WHERE refclassid = c.class::regclass AND refobjid = c.oid AND deptype = 'e') m
                JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('n', 'a')
                LEFT JOIN owned w ON w.classid = d.classid AND w.objid = d.objid
                -- An extension's own classes of operators and the like need not be told apart from others'.
                WHERE w.objid IS NULL AND (c.class = 'pg_namespace' OR d.classid IN (
                    'pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_rewrite'::regclass,
                    'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass, 'pg_extension'::regclass)) AND NOT EXISTS (
                    SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.refclassid = c.class::regclass AND e.refobjid = c.oid AND e.deptype = 'e'))
            """, ct, moveId);
    }

    /// <summary>What depends on ours, is not ours, and would go with it; and on what.</summary>
    static async Task<(string Stranger, string On)?> FirstStrangerAsync(NpgsqlConnection target, string moveId, CancellationToken ct)
    {
        var found = await target.QueryAsync(
            $"""
            {OwnedWhere("c.move_id = $1")}
            -- A view's rule says less than the view.
            SELECT CASE WHEN r.oid IS NULL THEN pg_describe_object(d.classid, d.objid, d.objsubid) ELSE pg_describe_object('pg_class'::regclass, r.ev_class, 0) END,
                   pg_describe_object(d.refclassid, d.refobjid, 0)
            FROM owned w
            JOIN pg_depend d ON d.refclassid = w.classid AND d.refobjid = w.objid AND d.deptype <> 'e'
            LEFT JOIN owned o ON o.classid = d.classid AND o.objid = d.objid
            LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
            WHERE o.objid IS NULL AND w.classid NOT IN ('pg_namespace'::regclass, 'pg_extension'::regclass)
            ORDER BY 1, 2 LIMIT 1
            """,
            r => (r.GetString(0), r.GetString(1)), ct, moveId);
        return found.Count > 0 ? found[0] : null;
    }

    // What moves made, and what is a part of it: indexes, constraints, defaults, triggers, policies, rules, row types, identity sequences.
    // Tables, views and sequences are nobody's part, although a partition depends on its root as if it were.
    static string OwnedWhere(string condition) =>
        $"""
        WITH RECURSIVE owned(classid, objid, move_id) AS (
            SELECT c.class::regclass::oid, c.oid, c.move_id FROM pgsplit.created c WHERE {condition}
            UNION
            SELECT d.classid, d.objid, w.move_id
            FROM owned w JOIN pg_depend d ON d.refclassid = w.classid AND d.refobjid = w.objid
            LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
            WHERE w.classid <> 'pg_namespace'::regclass
              AND (d.deptype = 'i' OR d.deptype IN ('a', 'P', 'S') AND coalesce(c.relkind, 'i') NOT IN ('r', 'p', 'v', 'm', 'f', 'S')))
        """;
}
