using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>Properties of tables, columns, constraints and statistics objects as (object, what) → text, straight from the catalog: nothing here is shared with what makes them.</summary>
static class CatalogFacts
{
    /// <param name="connection">Either side.</param>
    /// <param name="set">As read there.</param>
    /// <param name="version">The older server's major version: constraints NOT NULL have names from 18 on.</param>
    /// <param name="ct">Token.</param>
    public static async Task<Dictionary<(string Object, string What), string>> ReadAsync(NpgsqlConnection connection, MoveSet set, int version, CancellationToken ct) => (await connection.QueryAsync(
        """
        WITH r AS (SELECT c.*, c.oid::regclass::text AS name FROM pg_class c WHERE c.oid = ANY ($1))
        SELECT 'table ' || r.name, p.what, p.value
        FROM r LEFT JOIN pg_am am ON am.oid = r.relam, LATERAL (VALUES
            ('kind', r.relkind::text), ('persistence', r.relpersistence::text), ('access method', am.amname::text), ('replica identity', r.relreplident::text),
            ('options', (SELECT string_agg(x, ', ' ORDER BY x) FROM unnest(r.reloptions) x)),
            ('options of TOAST', (SELECT string_agg(x, ', ' ORDER BY x) FROM pg_class t, unnest(t.reloptions) x WHERE t.oid = r.reltoastrelid)),
            ('partition key', CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END), ('bound', pg_get_expr(r.relpartbound, r.oid)),
            ('parents', (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = r.oid)),
            ('type', CASE WHEN r.reloftype <> 0 THEN r.reloftype::regtype::text END),
            ('owner', (SELECT o.rolname::text FROM pg_roles o WHERE o.oid = r.relowner))) p(what, value)
        WHERE p.value IS NOT NULL
        UNION ALL
        SELECT format('column %s.%I', r.name, a.attname), p.what, p.value
        FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum, LATERAL (VALUES
            ('position', (SELECT count(*) FROM pg_attribute b WHERE b.attrelid = r.oid AND b.attnum BETWEEN 1 AND a.attnum AND NOT b.attisdropped)::text),
            ('type', format_type(a.atttypid, a.atttypmod)), ('not null', a.attnotnull::text), ('default', pg_get_expr(d.adbin, d.adrelid)),
            -- Partitions have their root's from 17 on.
            ('identity', CASE WHEN NOT r.relispartition THEN nullif(a.attidentity::text, '') END), ('generated', nullif(a.attgenerated::text, '')),
            ('collation', CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END), ('storage', a.attstorage::text),
            ('compression', nullif(a.attcompression::text, '')), ('statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END),
            ('options', a.attoptions::text)) p(what, value)
        WHERE p.value IS NOT NULL
        UNION ALL
        SELECT format('constraint %I on %s', k.conname, r.name), 'definition', concat_ws(' ', pg_get_constraintdef(k.oid), CASE WHEN k.conparentid <> 0 THEN '(of its root''s)' END)
        FROM r JOIN pg_constraint k ON k.conrelid = r.oid
        WHERE k.contype <> 't' AND (k.contype <> 'n' OR $2 >= 18)
          AND NOT (k.contype = 'f' AND k.conparentid <> 0 AND EXISTS (SELECT FROM pg_constraint root WHERE root.oid = k.conparentid AND root.conrelid = k.conrelid))
        UNION ALL
        SELECT format('constraint %I on %s', k.conname, k.contypid::regtype), 'definition', pg_get_constraintdef(k.oid)
        FROM pg_constraint k WHERE k.contypid = ANY ($3) AND (k.contype <> 'n' OR $2 >= 18)
        UNION ALL
        SELECT format('statistics object %I.%I', n.nspname, s.stxname), 'definition', pg_get_statisticsobjdef(s.oid) || coalesce(' ' || CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END, '')
        FROM r JOIN pg_statistic_ext s ON s.stxrelid = r.oid JOIN pg_namespace n ON n.oid = s.stxnamespace
        """,
        r => (Key: (r.GetString(0), r.GetString(1)), Value: r.GetString(2)), ct, set.Relations, version, TargetFinish.TypesOf(set))).ToDictionary(f => f.Key, f => f.Value);
}
