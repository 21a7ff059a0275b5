using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>Cuts a large table into ranges of its key, so that several workers compare it and one that was stopped need not begin at its start.</summary>
static class RangePlan
{
    const int SampledRows = 20_000;

    /// <param name="bytes">Of the table, with its partitions.</param>
    public static async Task<IReadOnlyList<KeyRange>> MakeAsync(NpgsqlConnection reading, Table table, long bytes, long chunkBytes, CancellationToken ct)
    {
        var parts = (bytes + chunkBytes - 1) / chunkBytes;
        // A key that is computed has no index in its order: each part would read all of the table.
        if (parts <= 1 || !table.HasKey || table.Reading is not null || table.Columns.Single(c => c.Name == table.Key[0]) is var first && !RowShape.CanSplitBy(first))
            return [new KeyRange(0, null, null)];

        // A sample of pages, not the statistics: those may be old, missing, or not ours to read.
        var rows = Math.Max(table.EstimatedRows, bytes / 200.0);
        var percent = Math.Clamp(100 * SampledRows / rows, 0.01, 100);
        var bounds = await reading.QueryAsync(
            $"""
             SELECT format('%s', min(k)) FROM (
                 SELECT k, ntile($1) OVER (ORDER BY k) AS tile
                 FROM (SELECT {first.Sql} AS k FROM {RowShape.SourceOf(table)} TABLESAMPLE SYSTEM ({percent.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture)})) sample) tiled
             WHERE tile > 1 GROUP BY tile ORDER BY tile
             """, r => r.GetString(0), ct, (int)Math.Min(parts, 10_000));
        // Of a column with few values the same may begin several parts.
        bounds = [.. bounds.Distinct()];
        return bounds.Count == 0 ? [new KeyRange(0, null, null)] : Between(bounds);
    }

    public static string Where(Table table, KeyRange range)
    {
        if (range.Lower is null && range.Upper is null)
            return "";
        var first = table.Columns.Single(c => c.Name == table.Key[0]);
        return " WHERE " + string.Join(" AND ", new[] { Bound(">=", range.Lower), Bound("<", range.Upper) }.Where(b => b.Length > 0));

        string Bound(string than, string? value) => value is null ? "" : $"{first.Sql} {than} {Sql.Text(value)}::{first.Type}";
    }

    static IReadOnlyList<KeyRange> Between(List<string> bounds) =>
        [.. Enumerable.Range(0, bounds.Count + 1).Select(n => new KeyRange(n, n == 0 ? null : bounds[n - 1], n == bounds.Count ? null : bounds[n]))];
}
