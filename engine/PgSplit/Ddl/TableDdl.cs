using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A column as it stands in a CREATE TABLE, and what can only be said of it afterwards.</summary>
sealed record ColumnDdl(uint Table, string Name, string Definition, bool IsLocal, IReadOnlyList<string> Afterwards);

/// <summary>A table's statements, from its source's catalog: bare first, then what needs other objects to be there.</summary>
sealed record TableDdl
{
    public required uint Oid { get; init; }

    /// <summary>Quoted and qualified.</summary>
    public required string Name { get; init; }

    /// <summary>Why it can't be carried; null where it can.</summary>
    public string? Refusal { get; init; }
    public required string Create { get; init; }

    /// <summary>Settings of columns, partition bound or parents, type, row identity without an index, defaults.</summary>
    public required IReadOnlyList<string> Afterwards { get; init; }

    /// <summary>Its own checks, unless they were never validated: those come after the copy.</summary>
    public required IReadOnlyList<string> Checks { get; init; }

    public static async Task<IReadOnlyList<TableDdl>> ReadAsync(NpgsqlConnection source, uint[] tables, int targetVersion, CancellationToken ct)
    {
        var columns = (await ColumnsAsync(source, tables, targetVersion, ct)).ToLookup(c => c.Table);
        var checks = (await source.QueryAsync(
            """
            SELECT conrelid, format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE conrelid = ANY ($1) AND contype = 'c' AND conislocal AND convalidated ORDER BY conname
            """,
            r => (Table: r.GetFieldValue<uint>(0), Statement: r.GetString(1)), ct, tables)).ToLookup(c => c.Table, c => c.Statement);
        return await source.QueryAsync(
            """
            SELECT c.oid, c.oid::regclass::text,
                   CASE WHEN c.relkind = 'f' THEN 'is a foreign table' WHEN c.relpersistence = 'u' THEN 'is unlogged' WHEN c.relpersistence = 't' THEN 'is temporary' END,
                   ' PARTITION BY ' || CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
                   ' USING ' || CASE WHEN am.amname <> 'heap' THEN quote_ident(am.amname) END,
                   (SELECT ' WITH (' || string_agg(o.name || '=' || quote_literal(o.value), ', ') || ')' FROM (
                       SELECT quote_ident(split_part(x, '=', 1)), substr(x, strpos(x, '=') + 1) FROM unnest(c.reloptions) x
                       UNION ALL SELECT 'toast.' || quote_ident(split_part(x, '=', 1)), substr(x, strpos(x, '=') + 1)
                       FROM pg_class t, unnest(t.reloptions) x WHERE t.oid = c.reltoastrelid) o(name, value)),
                   (SELECT array_agg(h.inhparent::regclass::text ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid),
                   (SELECT array_agg(h.inhparent ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid),
                   CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
                   CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
                   CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' END
            FROM pg_class c LEFT JOIN pg_am am ON am.oid = c.relam
            WHERE c.oid = ANY ($1)
            """,
            r =>
            {
                var (oid, name) = (r.GetFieldValue<uint>(0), r.GetString(1));
                var own = columns[oid].ToList();
                var parents = r.IsDBNull(6) ? [] : r.GetFieldValue<string[]>(6);
                var isPartition = !r.IsDBNull(8);
                // INHERITS puts the parents' columns first. Where the table has them in another order it is made whole and
                // given its parents afterwards, since programs depend on the order and on nothing else of the difference.
                var inherits = parents.Length > 0 && !isPartition
                    && OrderOf(r.GetFieldValue<uint[]>(7).SelectMany(p => columns[p]), own).SequenceEqual(own.Select(c => c.Name));
                return new TableDdl
                {
                    Oid = oid,
                    Name = name,
                    Refusal = r.TextOrNull(2),
                    Create = $"CREATE TABLE {name} ({string.Join(", ", own.Where(c => c.IsLocal || !inherits).Select(c => c.Definition))})"
                        + (inherits ? $" INHERITS ({string.Join(", ", parents)})" : "") + r.TextOrNull(3) + r.TextOrNull(4) + r.TextOrNull(5),
                    Afterwards =
                    [
                        .. isPartition ? [$"ALTER TABLE ONLY {parents[0]} ATTACH PARTITION {name} {r.GetString(8)}"] : Array.Empty<string>(),
                        .. isPartition || inherits ? [] : parents.Select(p => $"ALTER TABLE ONLY {name} INHERIT {p}"),
                        .. own.SelectMany(c => c.Afterwards).Select(a => $"ALTER TABLE ONLY {name} {a}"),
                        .. r.TextOrNull(9) is { } type ? [$"ALTER TABLE ONLY {name} OF {type}"] : Array.Empty<string>(),
                        .. r.TextOrNull(10) is { } identity ? [$"ALTER TABLE ONLY {name} REPLICA IDENTITY {identity}"] : Array.Empty<string>(),
                    ],
                    Checks = [.. checks[oid]],
                };
            }, ct, tables);
    }

    static IEnumerable<string> OrderOf(IEnumerable<ColumnDdl> inherited, IEnumerable<ColumnDdl> own) =>
        inherited.Select(c => c.Name).Concat(own.Where(c => c.IsLocal).Select(c => c.Name)).Distinct(StringComparer.Ordinal);

    static Task<List<ColumnDdl>> ColumnsAsync(NpgsqlConnection source, uint[] tables, int targetVersion, CancellationToken ct) => source.QueryAsync(
        """
        SELECT a.attrelid, a.attname, format('%I %s%s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                   CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' END,
                   CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END,
                   format(' GENERATED ALWAYS AS (%s) %s', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
                          CASE a.attgenerated WHEN 'v' THEN 'VIRTUAL' WHEN 's' THEN 'STORED' END)
                       || CASE WHEN a.attgenerated <> '' THEN '' END,
                   -- A partition's identity, where it has no sequence of its own, comes with its root.
                   format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s)',
                          CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                          q.seqrelid::regclass, q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' END)
                       || CASE WHEN a.attidentity <> '' AND q.seqrelid IS NOT NULL THEN '' END,
                   -- From PostgreSQL 18 on it has a name; one that was never validated comes after the copy.
                   CASE WHEN NOT a.attnotnull OR NOT nn.convalidated THEN ''
                        WHEN $2 >= 180000 AND nn.conname IS NOT NULL THEN format(' CONSTRAINT %I NOT NULL%s', nn.conname, CASE WHEN nn.connoinherit THEN ' NO INHERIT' END)
                        ELSE ' NOT NULL' END),
               a.attislocal,
               array_remove(ARRAY[
                   format('ALTER COLUMN %I SET STORAGE ', a.attname) || CASE WHEN a.attstorage <> t.typstorage
                       THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'm' THEN 'MAIN' WHEN 'e' THEN 'EXTERNAL' ELSE 'EXTENDED' END END,
                   format('ALTER COLUMN %I SET STATISTICS ', a.attname) || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
                   format('ALTER COLUMN %I SET (%s)', a.attname,
                          (SELECT string_agg(quote_ident(split_part(x, '=', 1)) || '=' || quote_literal(substr(x, strpos(x, '=') + 1)), ', ') FROM unnest(a.attoptions) x))
                       || CASE WHEN a.attoptions IS NOT NULL THEN '' END,
                   format('ALTER COLUMN %I SET DEFAULT ', a.attname) || CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END], NULL)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_depend i ON i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.refobjid = a.attrelid
                             AND i.refobjsubid = a.attnum AND i.deptype = 'i' AND a.attidentity <> ''
        LEFT JOIN pg_sequence q ON q.seqrelid = i.objid
        LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attrelid, a.attnum
        """,
        r => new ColumnDdl(r.GetFieldValue<uint>(0), r.GetString(1), r.GetString(2), r.GetBoolean(3), r.GetFieldValue<string[]>(4)), ct, tables, targetVersion);
}
