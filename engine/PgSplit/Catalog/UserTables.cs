using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Catalog;

/// <summary>A table of the application, as far as a map is concerned with it.</summary>
/// <param name="Oid">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Rows">As the last ANALYZE estimated them; negative where there was none.</param>
/// <param name="Bytes">With TOAST, indexes and partitions.</param>
sealed record UserTable(uint Oid, QualifiedName Name, double Rows, long Bytes);

/// <summary>All tables that a map must place: no partitions, no temporary ones, none of an extension, none of ours.</summary>
static class UserTables
{
    public static Task<List<UserTable>> ReadAsync(NpgsqlConnection connection, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT c.oid, n.nspname, c.relname, sizes.rows, sizes.bytes
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        LATERAL (
            -- pg_partition_tree is empty for what is no partitioned table.
            SELECT CASE WHEN bool_or(leaf.reltuples < 0) THEN -1 ELSE sum(leaf.reltuples::float8) END AS rows, coalesce(sum(pg_total_relation_size(leaf.oid)), 0)::bigint AS bytes
            FROM pg_class leaf
            WHERE leaf.relkind <> 'p' AND leaf.oid IN (SELECT c.oid UNION SELECT t.relid FROM pg_partition_tree(c.oid) t)) AS sizes
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
          AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'pgsplit')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
        """,
        r => new UserTable(r.GetFieldValue<uint>(0), new QualifiedName(r.GetString(1), r.GetString(2)), r.IsDBNull(3) ? 0 : r.GetDouble(3), r.GetInt64(4)), ct);
}
