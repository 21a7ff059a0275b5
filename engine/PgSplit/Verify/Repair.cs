using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>Rows that a repair has put right on the receiving side.</summary>
sealed record Repaired(long Inserted, long Updated, long Deleted);

/// <summary>
/// Makes rows on the receiving side what they are on the reading side now: reads them again and writes them exactly, by key. The caller
/// opens the receiving side's transaction and keeps both sides still meanwhile (PROTOCOL 1.7).
/// </summary>
static class Repair
{
    const int Batch = 1_000;

    public static async Task<Repaired> RunAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, Table table, IReadOnlyList<Difference> differences, CancellationToken ct)
    {
        var keys = differences.Select(d => d.Key).ToArray();
        if (!table.HasKey)
            return await LevelAsync(reading, receiving, table, keys, ct);

        // All go before any comes: a value that two rows have exchanged may be unique.
        var had = new HashSet<long>();
        foreach (var (n, some) in keys.Chunk(Batch).Index())
        {
            had.UnionWith((await receiving.QueryAsync(
                $"DELETE FROM {RowShape.SourceOf(table, reading: false)} t USING {KeyList.Sql(table, some)} WHERE {KeyList.Matches(table)} RETURNING k.place",
                r => r.GetInt64(0), ct)).Select(place => (n * Batch) + place));
        }

        var has = new HashSet<long>();
        foreach (var (n, some) in keys.Chunk(Batch).Index())
        {
            has.UnionWith((await KeyComparison.CountsAsync(reading, table, some, ofReading: true, ct)).Keys.Select(place => (n * Batch) + place));
            await CopyAsync(reading, receiving, table, $"FROM {KeyList.Sql(table, some)} JOIN {RowShape.RowsOf(table, reading: true)} t ON {KeyList.Matches(table)}", ct);
        }

        return new Repaired(has.Except(had).Count(), has.Intersect(had).Count(), had.Except(has).Count());
    }

    /// <summary>Of rows that nothing tells apart, makes as many.</summary>
    static async Task<Repaired> LevelAsync(NpgsqlConnection reading, NpgsqlConnection receiving, Table table, string?[][] keys, CancellationToken ct)
    {
        var (inserted, deleted) = (0L, 0L);
        var ours = await KeyComparison.CountsAsync(reading, table, keys, ofReading: true, ct);
        var theirs = await KeyComparison.CountsAsync(receiving, table, keys, ofReading: false, ct);
        for (var n = 0; n < keys.Length; n++)
        {
            var less = ours.GetValueOrDefault(n + 1) - theirs.GetValueOrDefault(n + 1);
            var one = $"FROM {KeyList.Sql(table, [keys[n]])} JOIN {RowShape.SourceOf(table)} t ON {KeyList.Matches(table)}";
            if (less > 0)
                inserted += await CopyAsync(reading, receiving, table, $"FROM (SELECT t.* {one} LIMIT 1) t, generate_series(1, {less})", ct);
            else if (less < 0)
                deleted += await receiving.ExecuteAsync(
                    $"DELETE FROM {RowShape.SourceOf(table)} d USING (SELECT t.tableoid AS part, t.ctid AS place {one} LIMIT {-less}) t WHERE d.tableoid = t.part AND d.ctid = t.place", ct);
        }

        return new Repaired(inserted, 0, deleted);
    }

    static Task<long> CopyAsync(NpgsqlConnection reading, NpgsqlConnection receiving, Table table, string from, CancellationToken ct)
    {
        var binary = table.Written.All(c => c.BinarySafe);
        var columns = table.Written.Any() ? $" ({Sql.Names(table.Written.Select(c => c.Name))})" : "";
        var format = binary ? "binary" : "text";
        return RawCopy.PipeAsync(
            reading, $"COPY (SELECT {string.Join(", ", table.Written.Select(c => $"t.{c.Sql}"))} {from}) TO STDOUT (FORMAT {format})",
            receiving, $"COPY {(table.Receiving?.Table ?? table.Name).Sql}{columns} FROM STDIN (FORMAT {format})", binary, null, ct);
    }
}
