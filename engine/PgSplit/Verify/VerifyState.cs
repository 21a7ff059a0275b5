using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>Part of a table: keys from the one bound on and below the other, by the key's first column. Null: no bound.</summary>
sealed record KeyRange(int Number, string? Lower, string? Upper);

/// <summary>What the state keeps of verifications: which parts of which tables are compared, as of when, and what differs.</summary>
sealed class VerifyState(NpgsqlConnection connection, string moveId)
{
    /// <summary>Parts not yet compared of a verification that was stopped; null where none of this table was begun.</summary>
    public async Task<IReadOnlyList<KeyRange>?> LeftAsync(Table table, CancellationToken ct)
    {
        var all = await connection.QueryAsync(
            "SELECT number, lower, upper, lsn IS NOT NULL FROM pgsplit.verified_range WHERE move_id = $1 AND schema = $2 AND name = $3 ORDER BY number",
            r => (Range: new KeyRange(r.GetInt32(0), r.TextOrNull(1), r.TextOrNull(2)), Done: r.GetBoolean(3)), ct, moveId, table.Name.Schema, table.Name.Name);
        return all.Count == 0 ? null : [.. all.Where(r => !r.Done).Select(r => r.Range)];
    }

    /// <summary>Forgets what was known of a table, and notes into which parts it is cut.</summary>
    public async Task BeginAsync(Table table, IReadOnlyList<KeyRange> ranges, CancellationToken ct)
    {
        await connection.ExecuteAsync("BEGIN", ct);
        await connection.ExecuteAsync("DELETE FROM pgsplit.verified_range WHERE move_id = $1 AND schema = $2 AND name = $3", ct, moveId, table.Name.Schema, table.Name.Name);
        await connection.ExecuteAsync("DELETE FROM pgsplit.diff WHERE move_id = $1 AND schema = $2 AND name = $3", ct, moveId, table.Name.Schema, table.Name.Name);
        await connection.ExecuteAsync(
            "UPDATE pgsplit.move_table SET verified_at_lsn = NULL, verified_rows = NULL, verified_at = NULL WHERE move_id = $1 AND schema = $2 AND name = $3",
            ct, moveId, table.Name.Schema, table.Name.Name);
        await connection.ExecuteAsync(
            """
            INSERT INTO pgsplit.verified_range (move_id, schema, name, number, lower, upper)
            SELECT $1, $2, $3, * FROM unnest($4::int[], $5::text[], $6::text[])
            """, ct, moveId, table.Name.Schema, table.Name.Name, ranges.Select(r => r.Number).ToArray(), ranges.Select(r => r.Lower).ToArray(), ranges.Select(r => r.Upper).ToArray());
        await connection.ExecuteAsync("COMMIT", ct);
    }

    /// <summary>In the transaction that <see cref="DoneAsync"/> commits, so that a part is compared with all its differences, or not.</summary>
    public async Task AddAsync(IReadOnlyList<Difference> differences, bool first, CancellationToken ct)
    {
        if (first)
            await connection.ExecuteAsync("BEGIN", ct);
        foreach (var d in differences)
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO pgsplit.diff (move_id, schema, name, key, kind, columns) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (move_id, schema, name, key) DO UPDATE SET kind = excluded.kind, columns = excluded.columns, found_at = now()
                """, ct, moveId, d.Table.Schema, d.Table.Name, d.Key, d.Kind.ToString().ToLowerInvariant(), d.Columns.ToArray());
        }
    }

    public async Task DoneAsync(Table table, KeyRange range, NpgsqlLogSequenceNumber at, long rows, bool began, CancellationToken ct)
    {
        await connection.ExecuteAsync(
            "UPDATE pgsplit.verified_range SET lsn = $5, rows = $6, done_at = clock_timestamp() WHERE move_id = $1 AND schema = $2 AND name = $3 AND number = $4",
            ct, moveId, table.Name.Schema, table.Name.Name, range.Number, at, rows);
        if (began)
            await connection.ExecuteAsync("COMMIT", ct);
    }

    /// <summary>
    /// Sums up a table of which all parts are compared, and notes that it is verified if nothing differs. Its partitions go with it:
    /// their rows were compared under its name.
    /// </summary>
    public async Task<VerifiedTable> FinishAsync(Table table, IReadOnlyList<Table> partitions, CancellationToken ct)
    {
        var sum = (await connection.QueryAsync(
            """
            SELECT min(lsn), sum(rows)::bigint,
                   (SELECT count(*) FROM pgsplit.diff d WHERE d.move_id = $1 AND d.schema = $2 AND d.name = $3)
            FROM pgsplit.verified_range WHERE move_id = $1 AND schema = $2 AND name = $3
            """,
            r => new VerifiedTable(table.Name, r.GetFieldValue<NpgsqlLogSequenceNumber>(0), r.GetInt64(1), r.GetInt64(2)),
            ct, moveId, table.Name.Schema, table.Name.Name)).Single();
        if (sum.Differences == 0)
        {
            Table[] all = [table, .. partitions];
            await connection.ExecuteAsync(
                """
                UPDATE pgsplit.move_table SET verified_at_lsn = $4, verified_at = clock_timestamp(),
                       verified_rows = CASE WHEN schema = $5 AND name = $6 THEN $7 END
                WHERE move_id = $1 AND (schema, name) IN (SELECT * FROM unnest($2::text[], $3::text[]))
                """, ct, moveId, all.Select(t => t.Name.Schema).ToArray(), all.Select(t => t.Name.Name).ToArray(), sum.At, table.Name.Schema, table.Name.Name, sum.Rows);
        }

        return sum;
    }
}
