using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A part of a table that an older server can't make.</summary>
/// <param name="Object">Which: <c>column app.t.c</c>.</param>
/// <param name="What">What about it.</param>
/// <param name="Since">The major version that brought it.</param>
sealed record NewerPart(string Object, string What, int Since);

static class NewerParts
{
    /// <summary>Parts of these tables that a server of this major version does not know, by name.</summary>
    public static Task<List<NewerPart>> ReadAsync(NpgsqlConnection source, uint[] tables, int targetMajor, CancellationToken ct) => source.QueryAsync(
        """
        SELECT object, what, since FROM (
            SELECT format('column %s.%I', a.attrelid::regclass, a.attname), 'is generated when it is read (VIRTUAL)', 18
            FROM pg_attribute a WHERE a.attrelid = ANY ($1) AND a.attgenerated = 'v' AND NOT a.attisdropped
            UNION ALL
            SELECT format('column %s.%I', a.attrelid::regclass, a.attname), CASE WHEN o.collprovider = 'b' THEN 'has a collation of the provider builtin' ELSE 'has a collation with RULES' END,
                   CASE WHEN o.collprovider = 'b' THEN 17 ELSE 16 END
            FROM pg_attribute a JOIN pg_collation o ON o.oid = a.attcollation
            WHERE a.attrelid = ANY ($1) AND NOT a.attisdropped AND (o.collprovider = 'b' OR to_jsonb(o)->>'collicurules' IS NOT NULL)
            UNION ALL
            SELECT format('constraint %I on %s', k.conname, k.conrelid::regclass), p.what, p.since
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid,
            LATERAL (VALUES ((to_jsonb(k)->>'conperiod')::bool, 'is over periods (WITHOUT OVERLAPS, PERIOD)', 18),
                            (NOT (to_jsonb(k)->>'conenforced')::bool, 'is NOT ENFORCED', 18),
                            (k.contype = 'n' AND NOT k.convalidated, 'is NOT NULL and was never validated', 18),
                            (k.contype = 'x' AND c.relkind = 'p', 'excludes across partitions', 17)) p(has, what, since)
            WHERE k.conrelid = ANY ($1) AND p.has) parts(object, what, since)
        WHERE since > $2 ORDER BY 1, 2
        """,
        r => new NewerPart(r.GetString(0), r.GetString(1), r.GetInt32(2)), ct, tables, targetMajor);
}
