using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>
/// Tables whose changes arrive in one name, so that one position in the stream has to hold for all of them: a table, or a partitioned
/// one with all its partitions. Copied of one snapshot, finished together, or begun again together.
/// </summary>
sealed class CopyUnit(IReadOnlyList<Table> tables)
{
    int _left;

    public IReadOnlyList<Table> Tables { get; } = tables;

    public void Expect(int chunks) => _left += chunks;

    /// <returns>Whether that was the last.</returns>
    public bool ChunkDone() => Interlocked.Decrement(ref _left) == 0;
}

/// <summary>A part of a table that is copied in one transaction of the target.</summary>
/// <param name="Where">Condition of the part, empty for all rows.</param>
/// <param name="Alone">It is all of the table.</param>
/// <param name="Bytes">Estimated, as on the source's disk.</param>
sealed record CopyChunk(CopyUnit Unit, Table Table, int Number, string Where, bool Alone, long Bytes);

static class CopyPlan
{
    /// <summary>All there is to do, the largest table first so that none is left over at the end. Sizes are read under the lock: nobody rewrites a table now.</summary>
    public static async Task<IReadOnlyList<CopyChunk>> MakeAsync(NpgsqlConnection source, IReadOnlyList<CopyUnit> units, MoveOptions options, CancellationToken ct)
    {
        var blockSize = long.Parse((await source.ScalarAsync<string>("SELECT current_setting('block_size')", ct))!);
        var oids = units.SelectMany(u => u.Tables).Where(t => t.HoldsRows).Select(t => t.Oid).ToArray();
        var sizes = (await source.QueryAsync(
            "SELECT oid, pg_relation_size(oid), pg_table_size(oid) FROM unnest($1) AS oid",
            r => (Oid: r.GetFieldValue<uint>(0), Pages: r.GetInt64(1) / blockSize, Bytes: r.GetInt64(2)), ct, oids)).ToDictionary(s => s.Oid);

        var chunks = new List<CopyChunk>();
        foreach (var unit in units)
        {
            var before = chunks.Count;
            foreach (var table in unit.Tables.Where(t => t.HoldsRows))
                chunks.AddRange(Split(unit, table, sizes[table.Oid].Pages, sizes[table.Oid].Bytes, options.ChunkBytes));
            unit.Expect(chunks.Count - before);
        }

        return [.. chunks.OrderByDescending(c => sizes[c.Table.Oid].Bytes).ThenBy(c => c.Table.Name).ThenBy(c => c.Number)];
    }

    static IEnumerable<CopyChunk> Split(CopyUnit unit, Table table, long pages, long bytes, long chunkBytes)
    {
        var count = (int)Math.Clamp((bytes + chunkBytes - 1) / chunkBytes, 1, Math.Max(pages, 1));
        for (var n = 0; n < count; n++)
        {
            var (from, to) = (pages * n / count, pages * (n + 1) / count);
            var where = (n > 0, n < count - 1) switch
            {
                (false, false) => "",
                (false, true) => $"ctid < '({to},0)'",
                (true, true) => $"ctid >= '({from},0)' AND ctid < '({to},0)'",
                // Open: the snapshot may see rows in blocks added since they were counted.
                (true, false) => $"ctid >= '({from},0)'",
            };
            yield return new CopyChunk(unit, table, n, where, count == 1, bytes / count);
        }
    }
}
