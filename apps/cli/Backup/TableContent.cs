using Dapper;
using Npgsql;

namespace Hdms.Cli.Backup;

/// <summary>What is in a table, so that two of them can be compared without either being at hand.</summary>
/// <param name="Checksum">Of all rows in any order; a row that is there twice counts twice.</param>
internal sealed record TableContent(string Table, long Rows, string Checksum)
{
    // A row's text must not depend on who asks.
    const string PlainTexts =
        """
        SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
        SET bytea_output = 'hex'; SET xmloption = 'content'; SET statement_timeout = 0; SET lock_timeout = 0;
        SET search_path = pg_catalog;
        """;

    const string Tables =
        """
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL (@leftOut)
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1
        """;

    static readonly string[] LeftOut = ["information_schema", Dump.LeftOutSchema];

    /// <summary>Every table that a dump has, read in the transaction that <paramref name="connection"/> is in.</summary>
    public static async Task<IReadOnlyList<TableContent>> ReadAsync(NpgsqlConnection connection, IProgress<string>? progress, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition(PlainTexts, cancellationToken: ct));
        var contents = new List<TableContent>();
        foreach (var table in (await connection.QueryAsync<string>(new CommandDefinition(Tables, new { leftOut = LeftOut }, cancellationToken: ct))).AsList())
        {
            progress?.Report($"Reading {connection.Database} {table}");
            contents.Add(await ReadAsync(connection, table, ct));
        }

        return contents;
    }

    // Two sums of 64 bits each, of parts of a row's digest: the order does not matter, and rows that trade places or values show.
    static async Task<TableContent> ReadAsync(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        var (rows, high, low) = await connection.QuerySingleAsync<(long, decimal, decimal)>(new CommandDefinition(
            $"""
            SELECT count(*), coalesce(mod(sum(('x' || left(digest, 16))::bit(64)::bigint::numeric), 18446744073709551616), 0),
                   coalesce(mod(sum(('x' || substr(digest, 17, 16))::bit(64)::bigint::numeric), 18446744073709551616), 0)
            FROM (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS digest FROM {table} AS t) AS rows
            """,
            commandTimeout: 0,
            cancellationToken: ct));
        return new TableContent(table, rows, $"{(UInt128)Wrap(high) << 64 | Wrap(low):x32}");
    }

    static ulong Wrap(decimal sum) => unchecked((ulong)(sum < 0 ? (UInt128)(sum + 18446744073709551616m) : (UInt128)sum));
}
