using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Catalog;

/// <summary>Reads tables of one database from its catalog. Changes nothing, takes no lock beyond the catalog's own.</summary>
static class TableReader
{
    /// <summary>
    /// The named tables with all their partitions, ordered by name. A name that is not there is missing in the answer.
    /// </summary>
    public static async Task<IReadOnlyList<Table>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<QualifiedName> names, CancellationToken ct)
    {
        var oids = await connection.QueryAsync(
            """
            WITH named AS (
                SELECT c.oid, c.relkind FROM unnest($1::text[], $2::text[]) AS n(schema, name)
                JOIN pg_namespace s ON s.nspname = n.schema
                JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name AND c.relkind IN ('r', 'p'))
            SELECT oid FROM named
            UNION
            SELECT t.relid::oid FROM named, LATERAL pg_partition_tree(named.oid) t WHERE named.relkind = 'p'
            """,
            r => r.GetFieldValue<uint>(0), ct, names.Select(n => n.Schema).ToArray(), names.Select(n => n.Name).ToArray());

        var columns = (await ColumnsAsync(connection, oids, ct)).ToLookup(c => c.Table, c => c.Column);
        var tables = await connection.QueryAsync(
            """
            SELECT c.oid, s.nspname, c.relname, c.relkind::text, c.relispartition, c.relreplident::text, c.relpages, c.reltuples,
                   CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_table_size(c.oid) END, coalesce(pg_relation_filenode(c.oid), 0)::oid,
                   ps.nspname, p.relname, rs.nspname, r.relname,
                   (SELECT array_agg(a.attname::text ORDER BY k.n)
                    FROM pg_index i, LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
                    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                    WHERE i.indrelid = c.oid AND k.n <= i.indnkeyatts
                      AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)
            FROM pg_class c
            JOIN pg_namespace s ON s.oid = c.relnamespace
            LEFT JOIN pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
            LEFT JOIN pg_class p ON p.oid = h.inhparent
            LEFT JOIN pg_namespace ps ON ps.oid = p.relnamespace
            JOIN pg_class r ON r.oid = coalesce(CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END, c.oid)
            JOIN pg_namespace rs ON rs.oid = r.relnamespace
            WHERE c.oid = ANY ($1)
            """,
            r => new
            {
                Oid = r.GetFieldValue<uint>(0),
                Name = new QualifiedName(r.GetString(1), r.GetString(2)),
                Kind = r.GetString(3) == "p" ? TableKind.Partitioned : r.GetBoolean(4) ? TableKind.Partition : TableKind.Ordinary,
                Identity = r.GetString(5) switch { "d" => RowIdentity.Default, "i" => RowIdentity.Index, "f" => RowIdentity.Full, _ => RowIdentity.Nothing },
                Rows = (double)r.GetFloat(7),
                Bytes = r.GetInt64(8),
                FileNode = r.GetFieldValue<uint>(9),
                Parent = r.IsDBNull(10) ? (QualifiedName?)null : new QualifiedName(r.GetString(10), r.GetString(11)),
                Root = new QualifiedName(r.GetString(12), r.GetString(13)),
                Key = r.IsDBNull(14) ? [] : r.GetFieldValue<string[]>(14),
            }, ct, oids.ToArray());

        return
        [
            .. tables.Select(t => new Table
            {
                Oid = t.Oid,
                Name = t.Name,
                Kind = t.Kind,
                Parent = t.Parent,
                Root = t.Root,
                Columns = [.. columns[t.Oid]],
                // Without a primary key there is nothing to be told by.
                Identity = t.Identity == RowIdentity.Default && t.Key.Length == 0 ? RowIdentity.Nothing : t.Identity,
                Key = t.Key,
                EstimatedRows = t.Rows,
                Bytes = t.Bytes,
                FileNode = t.FileNode,
                Fingerprint = Catalog.Fingerprint.Of([.. columns[t.Oid]], t.Identity, t.Key),
            }).OrderBy(t => t.Name),
        ];
    }

    static Task<List<(uint Table, Column Column)>> ColumnsAsync(NpgsqlConnection connection, List<uint> tables, CancellationToken ct) =>
        connection.QueryAsync(
            """
            WITH RECURSIVE used(attrelid, attnum, oid) AS (
                -- All types that a column is made of: elements, base types of domains, fields of composites, subtypes of ranges.
                SELECT a.attrelid, a.attnum, a.atttypid FROM pg_attribute a WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
                UNION
                SELECT u.attrelid, u.attnum, part.oid
                FROM used u JOIN pg_type t ON t.oid = u.oid,
                LATERAL (
                    SELECT t.typelem WHERE t.typelem <> 0 AND t.typcategory = 'A'
                    UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                    UNION ALL SELECT f.atttypid FROM pg_attribute f WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
                    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.typtype = 'r' AND r.rngtypid = t.oid
                    UNION ALL SELECT r.rngtypid FROM pg_range r WHERE t.typtype = 'm' AND r.rngmultitypid = t.oid) part(oid))
            SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, t.typtype::text, t.typcategory::text,
                   CASE WHEN t.typarray <> 0 THEN format_type(t.typarray, -1) END, t.typdelim::text,
                   -- Those of PostgreSQL itself, and enums, whose binary form is the label; a composite, and an array of anything
                   -- that is not PostgreSQL's own, have OIDs inside. reg… types name objects by OID.
                   NOT EXISTS (
                       SELECT FROM used u JOIN pg_type p ON p.oid = u.oid
                       WHERE u.attrelid = a.attrelid AND u.attnum = a.attnum
                         AND (p.oid >= 16384 AND p.typtype <> 'e' AND p.typtype <> 'd'
                              OR p.typname LIKE 'reg%' AND p.oid < 16384
                              -- tsqueryrecv refuses what tsquerysend makes of an empty one.
                              OR p.oid = 'tsquery'::regtype
                              OR p.typsend = 0 OR p.typreceive = 0
                              OR p.typcategory = 'A' AND p.typelem >= 16384)),
                   a.attnotnull, nullif(a.attidentity, '')::text, a.attgenerated::text
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attrelid, a.attnum
            """,
            r => (r.GetFieldValue<uint>(0), new Column
            {
                Name = r.GetString(1),
                Type = r.GetString(2),
                TypeOid = r.GetFieldValue<uint>(3),
                TypeKind = r.GetString(4)[0],
                TypeCategory = r.GetString(5)[0],
                ArrayType = r.TextOrNull(6),
                Delimiter = r.GetString(7)[0],
                BinarySafe = r.GetBoolean(8),
                NotNull = r.GetBoolean(9),
                Identity = r.TextOrNull(10)?[0],
                IsGenerated = r.GetString(11).Length > 0,
                IsVirtual = r.GetString(11) == "v",
            }), ct, tables.ToArray());
}
