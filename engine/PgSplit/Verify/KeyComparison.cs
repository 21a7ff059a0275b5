using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>
/// Compares just these keys, as the two sessions see them now (PROTOCOL 1.7, V2, and the switch's pause): set-based, byte by byte, one
/// statement on each side for thousands of keys.
/// </summary>
static class KeyComparison
{
    const int Batch = 5_000;

    // The place of the key among those asked for comes first in each row, and orders them.
    static readonly KeyOrder[] ByPlace = [KeyOrder.Signed];

    /// <param name="keys">Texts of the key's columns; of a table without one, of all its columns.</param>
    public static async Task<IReadOnlyList<Difference>> CompareAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, Table table, IReadOnlyList<string?[]> keys, CancellationToken ct)
    {
        var differences = new List<Difference>();
        foreach (var some in keys.Chunk(Batch))
            differences.AddRange(table.HasKey ? await Excused.FilterAsync(reading, receiving, table, await RowsAsync(reading, receiving, table, some, ct), ct) : await CountsAsync(reading, receiving, table, some, ct));
        return differences;
    }

    static async Task<IReadOnlyList<Difference>> RowsAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, Table table, string?[][] keys, CancellationToken ct)
    {
        var shape = RowShape.Of(table);
        string Copy(bool ofReading) => $"COPY (SELECT k.place, {shape.SelectOf("t.")} FROM {KeyList.Sql(table, keys)} JOIN {RowShape.RowsOf(table, ofReading)} t ON {KeyList.Matches(table)} ORDER BY k.place) TO STDOUT (FORMAT binary)";
        var differences = new List<Difference>();
        await using var streams = await RowStreams.OpenAsync(reading, Copy(true), receiving, Copy(false), ct);
        await new RowMerge(streams.Reading, streams.Receiving, ByPlace).RunAsync((kind, row, fields) =>
        {
            var place = int.Parse(KeyText.Of(20, row.Span[RowStream.Field(row.Span, 0)!.Value]));
            differences.Add(new Difference(table.Name, keys[place - 1], kind, [.. fields.Select(f => shape.Fields[f - 1].Name)]));
            return ValueTask.CompletedTask;
        }, ct);
        return differences;
    }

    /// <summary>Of rows that nothing tells apart there are as many on both sides, or not.</summary>
    static async Task<IReadOnlyList<Difference>> CountsAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, Table table, string?[][] keys, CancellationToken ct)
    {
        var ours = await CountsAsync(reading, table, keys, ofReading: true, ct);
        var theirs = await CountsAsync(receiving, table, keys, ofReading: false, ct);
        return
        [
            .. keys.Select((k, n) => (Key: WholeRow.Of(k), Ours: ours.GetValueOrDefault(n + 1), Theirs: theirs.GetValueOrDefault(n + 1)))
                .Where(k => k.Ours != k.Theirs)
                .Select(k => new Difference(table.Name, k.Key, k.Ours > k.Theirs ? DifferenceKind.Missing : DifferenceKind.Extra, [])),
        ];
    }

    /// <summary>Rows of a side by the place of the key; none where there are none.</summary>
    internal static async Task<Dictionary<long, long>> CountsAsync(NpgsqlConnection side, Table table, IReadOnlyList<string?[]> keys, bool ofReading, CancellationToken ct) =>
        (await side.QueryAsync(
            $"SELECT k.place, count(*) FROM {KeyList.Sql(table, keys)} JOIN {RowShape.RowsOf(table, ofReading)} t ON {KeyList.Matches(table)} GROUP BY k.place",
            r => (Place: r.GetInt64(0), Count: r.GetInt64(1)), ct)).ToDictionary(c => c.Place, c => c.Count);
}
