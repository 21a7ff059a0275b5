using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>A column as far as loading has to know it.</summary>
/// <param name="Name">As in the catalog.</param>
/// <param name="Type">Its type's name in pg_type, of a domain its base type's: <c>int4</c>, <c>jsonb</c>, <c>_text</c> for an array.</param>
/// <param name="IsGenerated">The server makes it.</param>
/// <param name="IsArray">Whether it is an array.</param>
sealed record StagingColumn(string Name, string Type, bool IsGenerated, bool IsArray);

/// <summary>A table that rows are loaded into, as the database has it.</summary>
sealed record StagingTable(QualifiedName Name, IReadOnlyList<StagingColumn> Columns, IReadOnlyList<string> Key)
{
    public StagingColumn? Column(string name) => Columns.FirstOrDefault(c => c.Name == name);

    /// <summary>All ordinary and partitioned tables but partitions.</summary>
    public static async Task<Dictionary<QualifiedName, StagingTable>> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = (await connection.QueryAsync(
            """
            SELECT n.nspname, c.relname, a.attname, coalesce(nullif(b.typname, ''), t.typname), a.attgenerated <> '', coalesce(b.typcategory, t.typcategory) = 'A',
                   coalesce(a.attnum = ANY (k.conkey), false)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
            LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pgsplit') AND n.nspname !~ '^pg_'
            ORDER BY c.oid, a.attnum
            """,
            r => (Table: new QualifiedName(r.GetString(0), r.GetString(1)),
                Column: r.IsDBNull(2) ? null : new StagingColumn(r.GetString(2), r.GetString(3), r.GetBoolean(4), r.GetBoolean(5)), IsKey: r.GetBoolean(6)), ct)).ToLookup(c => c.Table);
        return columns.ToDictionary(t => t.Key, t => new StagingTable(t.Key, [.. t.Where(c => c.Column is not null).Select(c => c.Column!)], [.. t.Where(c => c.IsKey).Select(c => c.Column!.Name)]));
    }
}
