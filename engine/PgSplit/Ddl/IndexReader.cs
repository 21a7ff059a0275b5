using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>An index with the constraint it backs, if any, and all that makes it what it is.</summary>
sealed record IndexDdl
{
    public required uint Table { get; init; }

    /// <summary>Quoted and qualified, of the table.</summary>
    public required string TableName { get; init; }

    /// <summary>Quoted and qualified.</summary>
    public required string Name { get; init; }

    /// <summary>False for the remains of a failed CREATE INDEX CONCURRENTLY; those of partitioned tables are invalid until all parts are attached.</summary>
    public required bool IsValid { get; init; }

    /// <summary>Backs a constraint, or tells rows apart in the stream: built before changes are applied.</summary>
    public required bool IsKey { get; init; }

    /// <summary>Of a partitioned table: holds nothing itself and is made in an instant.</summary>
    public required bool IsPartitioned { get; init; }

    /// <summary>What distinguishes it from another of its name.</summary>
    public required string Definition { get; init; }
    public required IReadOnlyList<string> Create { get; init; }

    /// <summary>Attaches it to the index of the partitioned table; null where there is none.</summary>
    public string? Attach { get; init; }
}

static class IndexReader
{
    /// <summary>All indexes of these tables, roots of partitioned ones first.</summary>
    public static Task<List<IndexDdl>> ReadAsync(NpgsqlConnection connection, uint[] tables, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT i.indrelid, i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisvalid OR c.relkind = 'I', k.oid IS NOT NULL OR i.indisreplident, c.relkind = 'I',
               concat_ws(E'\n', pg_get_indexdef(i.indexrelid), pg_get_constraintdef(k.oid), CASE WHEN i.indisclustered THEN 'clustered' END,
                         CASE WHEN i.indisreplident THEN 'replica identity' END, h.inhparent::regclass, x.settings::text),
               array_remove(ARRAY[
                   -- Made by way of its index, so that everything the index has is kept; a constraint of a partitioned table, an exclusion
                   -- and one over periods can't be.
                   CASE WHEN k.oid IS NULL OR NOT byconstraint THEN pg_get_indexdef(i.indexrelid) END,
                   CASE WHEN k.oid IS NOT NULL THEN format('ALTER TABLE ONLY %s ADD CONSTRAINT %I %s', i.indrelid::regclass, k.conname,
                       CASE WHEN byconstraint THEN pg_get_constraintdef(k.oid)
                            ELSE format('%s USING INDEX %I%s%s', CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, c.relname,
                                        CASE WHEN k.condeferrable THEN ' DEFERRABLE' END, CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' END) END) END,
                   CASE WHEN i.indisclustered THEN format('ALTER TABLE %s CLUSTER ON %I', i.indrelid::regclass, c.relname) END,
                   CASE WHEN i.indisreplident THEN format('ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %I', i.indrelid::regclass, c.relname) END], NULL) || x.settings,
               format('ALTER INDEX %s ATTACH PARTITION %s', h.inhparent::regclass, i.indexrelid::regclass) || CASE WHEN h.inhparent IS NOT NULL THEN '' END
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
        LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
        CROSS JOIN LATERAL (SELECT c.relkind = 'I' OR k.contype = 'x' OR coalesce((to_jsonb(k)->>'conperiod')::bool, false) AS byconstraint) b
        CROSS JOIN LATERAL (SELECT coalesce(array_agg(format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.indexrelid::regclass, a.attnum, a.attstattarget) ORDER BY a.attnum), '{}') AS settings
                            FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) x
        WHERE i.indrelid = ANY ($1)
        ORDER BY c.relkind = 'I' DESC, (SELECT count(*) FROM pg_partition_ancestors(i.indexrelid)), i.indisprimary DESC, c.relname COLLATE "C"
        """,
        r => new IndexDdl
        {
            Table = r.GetFieldValue<uint>(0),
            TableName = r.GetString(1),
            Name = r.GetString(2),
            IsValid = r.GetBoolean(3),
            IsKey = r.GetBoolean(4),
            IsPartitioned = r.GetBoolean(5),
            Definition = r.GetString(6),
            Create = r.GetFieldValue<string[]>(7),
            Attach = r.TextOrNull(8),
        }, ct, tables);
}
