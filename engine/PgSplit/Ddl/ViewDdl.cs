using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A view's or a materialized view's statements.</summary>
/// <param name="Oid">On the side that was read.</param>
/// <param name="Name">Quoted and qualified.</param>
/// <param name="Query">The SELECT, without a semicolon.</param>
/// <param name="Create">Makes it, empty.</param>
/// <param name="Afterwards">Settings of its columns.</param>
/// <param name="IsMaterialized">Holds rows.</param>
/// <param name="IsPopulated">Has been refreshed at least once; of plain views always true.</param>
sealed record ViewDdl(uint Oid, string Name, string Query, string Create, IReadOnlyList<string> Afterwards, bool IsMaterialized, bool IsPopulated)
{
    public static Task<List<ViewDdl>> ReadAsync(NpgsqlConnection connection, uint[] views, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT c.oid, c.oid::regclass::text, v.query,
               format('CREATE %s %s%s%s AS %s%s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, c.oid::regclass,
                      ' USING ' || CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END,
                      (SELECT ' WITH (' || string_agg(quote_ident(split_part(x, '=', 1)) || '=' || quote_literal(substr(x, strpos(x, '=') + 1)), ', ') || ')' FROM unnest(c.reloptions) x),
                      v.query, CASE WHEN c.relkind = 'm' THEN ' WITH NO DATA' END),
               coalesce((SELECT array_agg(format('ALTER %s %s ALTER COLUMN %I %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, c.oid::regclass, a.attname, s.setting) ORDER BY a.attnum, s.setting)
                         FROM pg_attribute a
                         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                         JOIN pg_type t ON t.oid = a.atttypid,
                         LATERAL (VALUES ('SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)),
                                         ('SET STATISTICS ' || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END),
                                         ('SET STORAGE ' || CASE WHEN c.relkind = 'm' AND a.attstorage <> t.typstorage
                                             THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'm' THEN 'MAIN' WHEN 'e' THEN 'EXTERNAL' ELSE 'EXTENDED' END END)) s(setting)
                         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND s.setting IS NOT NULL), '{}'),
               c.relkind = 'm', c.relispopulated
        FROM pg_class c LEFT JOIN pg_am am ON am.oid = c.relam
        CROSS JOIN LATERAL (SELECT rtrim(pg_get_viewdef(c.oid), ';') AS query) v
        WHERE c.oid = ANY ($1)
        """,
        r => new ViewDdl(r.GetFieldValue<uint>(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetFieldValue<string[]>(4), r.GetBoolean(5), r.GetBoolean(6)), ct, views);
}
