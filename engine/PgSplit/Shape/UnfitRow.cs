using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// The row of which an expression of the map makes nothing. A server says that a division failed, not where: so the table is halved again
/// and again until the row is found.
/// </summary>
static class UnfitRow
{
    /// <summary>What a failed copy means to a person.</summary>
    /// <param name="source">The session that read; its transaction is over.</param>
    public static async Task<PgSplitException> ExplainAsync(NpgsqlConnection source, Table table, PostgresException e, CancellationToken ct)
    {
        const string remedy = "mend the row on the source, leave it behind (where:), or change the sql:; then go on";
        if (e.SqlState.StartsWith("23", StringComparison.Ordinal))
            return new PgSplitException(ExitCode.Refused, $"{table} can't be copied: the target refuses what a row becomes: {e.MessageText}{(e.Detail is null ? "" : $" ({e.Detail})")}; nothing of this part was written", remedy, e);

        var where = "one of its rows";
        try
        {
            await source.ExecuteAsync("ROLLBACK", ct);
            if (await FindAsync(source, table, ct) is { } key)
                where = $"the row with key ({string.Join(", ", key)})";
        }
        catch (NpgsqlException)
        {
            // What was known before is told.
        }

        return new PgSplitException(ExitCode.Refused, $"{table} can't be copied: an expression of the map fails on {where}: {e.MessageText}; nothing of this part was written", remedy, e);
    }

    /// <summary>The first row on which an expression fails, by its key's texts; null where none does, any more.</summary>
    /// <param name="session">Outside a transaction.</param>
    /// <param name="table">With its shape.</param>
    public static async Task<string?[]?> FindAsync(NpgsqlConnection session, Table table, CancellationToken ct)
    {
        var blockSize = long.Parse((await session.ScalarAsync<string>("SELECT current_setting('block_size')", ct))!);
        var (low, high) = (0L, await session.ScalarAsync<long>("SELECT pg_relation_size($1::regclass)", ct, table.Name.Sql) / blockSize);
        if (!await FailsAsync(session, table, low, high, ct))
            return null;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (await FailsAsync(session, table, low, middle, ct))
                high = middle;
            else
                low = middle;
        }

        foreach (var (place, key) in await session.QueryAsync(
            $"SELECT ctid::text, {table.Shape!.KeyTexts} FROM ONLY {table.Name.Sql} AS s WHERE ctid >= '({low},0)' AND ctid < '({low + 1},0)'", r => (r.GetString(0), r.GetFieldValue<string?[]>(1)), ct))
        {
            if (await FailsAsync(session, table, $"ctid = '{place}'", ct))
                return key;
        }

        return null;
    }

    static Task<bool> FailsAsync(NpgsqlConnection session, Table table, long from, long to, CancellationToken ct) =>
        FailsAsync(session, table, $"ctid >= '({from},0)' AND ctid < '({to},0)'", ct);

    static async Task<bool> FailsAsync(NpgsqlConnection session, Table table, string part, CancellationToken ct)
    {
        var shape = table.Shape!;
        try
        {
            // Each value is made into text, so that none is left out as unneeded.
            await session.ExecuteAsync($"SELECT count(x::text) FROM (SELECT {shape.Select} FROM ONLY {table.Name.Sql} AS s WHERE {part}{(shape.Where is null ? "" : $" AND ({shape.Where})")} OFFSET 0) x", ct);
            return false;
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            return true;
        }
    }
}
