using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <param name="Type">Ready for SQL, with its modifier.</param>
/// <param name="Reads">Columns.</param>
sealed record Expression(string Type, IReadOnlyList<string> Reads);

/// <summary>
/// Whether an expression may stand for a column: the server itself says, by the rules it has for generated columns (manual 5.3): immutable,
/// this row only, no sub-query, no aggregate, no function that returns sets. Asked in a transaction that is rolled back.
/// </summary>
static class Expressions
{
    /// <param name="columns">The row that it is over: names, and types ready for SQL.</param>
    /// <param name="type">What it has to be; null for whatever it is.</param>
    /// <returns>Null, with the server's reason, where it may not.</returns>
    public static async Task<(Expression? Found, string? Refused)> ExamineAsync(
        NpgsqlConnection session, IEnumerable<(string Name, string Type)> columns, string sql, string? type, CancellationToken ct)
    {
        await using var transaction = await session.BeginTransactionAsync(ct);
        try
        {
            // Plan's sessions are read-only otherwise; nothing of this is kept.
            await session.ExecuteAsync("SET TRANSACTION READ WRITE", ct);
            if (sql.Contains("pgsplit.join", StringComparison.Ordinal) && !await session.ScalarAsync<bool>("SELECT to_regproc('pgsplit.join') IS NOT NULL", ct))
            {
                await session.ExecuteAsync(
                    """
                    CREATE SCHEMA IF NOT EXISTS pgsplit;
                    CREATE FUNCTION pgsplit.join(parts text[], separator text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.array_to_string(parts, separator) $$
                    """, ct);
            }

            await session.ExecuteAsync($"CREATE TEMPORARY TABLE pgsplit_row ({string.Join(", ", columns.Select(c => $"{Sql.Name(c.Name)} {c.Type}"))})", ct);
            if (type is null)
            {
                await session.ExecuteAsync($"CREATE TEMPORARY VIEW pgsplit_value AS SELECT ({sql}) AS value FROM pg_temp.pgsplit_row", ct);
                type = await session.ScalarAsync<string>("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'pg_temp.pgsplit_value'::regclass AND attnum = 1", ct);
            }

            await session.ExecuteAsync($"ALTER TABLE pg_temp.pgsplit_row ADD COLUMN \"pgsplit value\" {type} GENERATED ALWAYS AS ({sql}) STORED", ct);
            var reads = await session.QueryAsync(
                """
                SELECT a.attname FROM pg_attrdef d
                JOIN pg_depend r ON r.classid = 'pg_attrdef'::regclass AND r.objid = d.oid AND r.refclassid = 'pg_class'::regclass AND r.refobjid = d.adrelid AND r.refobjsubid <> d.adnum
                JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = r.refobjsubid
                WHERE d.adrelid = 'pg_temp.pgsplit_row'::regclass
                """, r => r.GetString(0), ct);
            return (new Expression(type!, reads), null);
        }
        catch (PostgresException e) when (e.SqlState[..2] is "42" or "0A" or "22" or "54")
        {
            return (null, Explain(e));
        }
    }

    // The server speaks of generated columns, which are not what the map has.
    static string Explain(PostgresException e) => e.MessageText switch
    {
        "generation expression is not immutable" => "it is not immutable: the same row could give another value elsewhere or later (a function that reads a clock, a setting or a table; for array_to_string(texts, separator) there is pgsplit.join)",
        "cannot use subquery in column generation expression" => "a sub-query sees other rows than its own",
        "aggregate functions are not allowed in column generation expressions" => "an aggregate sees other rows than its own",
        "window functions are not allowed in column generation expressions" => "a window function sees other rows than its own",
        "set-returning functions are not allowed in column generation expressions" => "it would give several values for one row",
        var other => other,
    };
}
