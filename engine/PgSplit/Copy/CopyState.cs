using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>What the target remembers of the copy: tables that are done, and the chunks of those that are not.</summary>
static class CopyState
{
    /// <summary>Makes sure that each table has its row. What is known of it stays.</summary>
    public static Task EnsureAsync(NpgsqlConnection target, string moveId, IReadOnlyList<Table> tables, CancellationToken ct) => target.ExecuteAsync(
        """
        INSERT INTO pgsplit.move_table (move_id, schema, name, fingerprint, estimated_rows, bytes)
        SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
        ON CONFLICT DO NOTHING
        """, ct, moveId, Schemas(tables), Names(tables), tables.Select(t => t.Fingerprint).ToArray(),
        tables.Select(t => (long)Math.Max(t.EstimatedRows, 0)).ToArray(), tables.Select(t => t.Bytes).ToArray());

    public static async Task<Dictionary<QualifiedName, CopiedTable>> DoneAsync(NpgsqlConnection target, string moveId, CancellationToken ct) =>
        (await target.QueryAsync(
            "SELECT schema, name, copied_at_lsn, copied_rows, copied_bytes FROM pgsplit.move_table WHERE move_id = $1 AND copied_at_lsn IS NOT NULL",
            r => new CopiedTable(new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<NpgsqlLogSequenceNumber>(2), r.GetInt64(3), r.GetInt64(4)),
            ct, moveId)).ToDictionary(t => t.Name);

    /// <summary>Empties a table, in the caller's transaction.</summary>
    public static async Task TruncateAsync(NpgsqlConnection target, string moveId, Table table, CancellationToken ct)
    {
        await target.ExecuteAsync("DELETE FROM pgsplit.chunk WHERE move_id = $1 AND schema = $2 AND name = $3", ct, moveId, table.Name.Schema, table.Name.Name);
        await target.ExecuteAsync($"TRUNCATE ONLY {(table.Shape?.Into ?? table.Name).Sql}", ct);
        if (table.Shape is { Where: not null })
            await target.ExecuteAsync("DELETE FROM pgsplit.refused WHERE move_id = $1 AND schema = $2 AND name = $3", ct, moveId, table.Name.Schema, table.Name.Name);
    }

    public static Task ChunkDoneAsync(
        NpgsqlConnection target, string moveId, CopyChunk chunk, NpgsqlLogSequenceNumber snapshot, long rows, long bytes, CancellationToken ct) => target.ExecuteAsync(
        "INSERT INTO pgsplit.chunk (move_id, schema, name, number, snapshot, rows, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ct, moveId, chunk.Table.Name.Schema, chunk.Table.Name.Name, chunk.Number, snapshot, rows, bytes);

    /// <summary>From here on the stream's changes of these tables count, as of the snapshot (PROTOCOL I7). One statement, so all of them or none.</summary>
    public static Task<List<CopiedTable>> UnitDoneAsync(
        NpgsqlConnection target, string moveId, CopyUnit unit, NpgsqlLogSequenceNumber snapshot, CancellationToken ct) => target.QueryAsync(
        """
        UPDATE pgsplit.move_table t SET copied_at_lsn = $4, copied_rows = s.rows, copied_bytes = s.bytes
        FROM (SELECT n.schema, n.name, coalesce(sum(c.rows), 0)::bigint AS rows, coalesce(sum(c.bytes), 0)::bigint AS bytes
              FROM unnest($2::text[], $3::text[]) AS n(schema, name)
              LEFT JOIN pgsplit.chunk c ON c.move_id = $1 AND c.schema = n.schema AND c.name = n.name AND c.snapshot = $4
              GROUP BY n.schema, n.name) s
        WHERE t.move_id = $1 AND t.schema = s.schema AND t.name = s.name
        RETURNING t.schema, t.name, t.copied_rows, t.copied_bytes
        """,
        r => new CopiedTable(new QualifiedName(r.GetString(0), r.GetString(1)), snapshot, r.GetInt64(2), r.GetInt64(3)),
        ct, moveId, Schemas(unit.Tables), Names(unit.Tables), snapshot);

    /// <summary>How far tables are, for other terminals; never over what is final.</summary>
    public static Task ProgressAsync(
        NpgsqlConnection target, string moveId, IReadOnlyList<(QualifiedName Name, long Rows, long Bytes)> tables, CancellationToken ct) => target.ExecuteAsync(
        """
        -- Rows that somebody is just finishing are left to them: in another order the two would wait for each other.
        WITH free AS (
            SELECT t.schema, t.name FROM pgsplit.move_table t WHERE t.move_id = $1 AND t.copied_at_lsn IS NULL FOR UPDATE SKIP LOCKED)
        UPDATE pgsplit.move_table t SET copied_rows = n.rows, copied_bytes = n.bytes
        FROM free JOIN unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS n(schema, name, rows, bytes) USING (schema, name)
        WHERE t.move_id = $1 AND t.schema = free.schema AND t.name = free.name
        """,
        ct, moveId, tables.Select(t => t.Name.Schema).ToArray(), tables.Select(t => t.Name.Name).ToArray(),
        tables.Select(t => t.Rows).ToArray(), tables.Select(t => t.Bytes).ToArray());

    static string[] Schemas(IEnumerable<Table> tables) => [.. tables.Select(t => t.Name.Schema)];

    static string[] Names(IEnumerable<Table> tables) => [.. tables.Select(t => t.Name.Name)];
}
