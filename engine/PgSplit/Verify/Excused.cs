using Npgsql;
using PgSplit.Catalog;

namespace PgSplit.Verify;

/// <summary>
/// Rows that the target has and the source would keep back: while the target is open its clients may write what the map's condition refuses,
/// and the source has it from them. They are in order as long as they are the same (PROTOCOL 1.12).
/// </summary>
static class Excused
{
    /// <summary>Takes away what is in order after all.</summary>
    public static async Task<IReadOnlyList<Difference>> FilterAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, Table table, IReadOnlyList<Difference> differences, CancellationToken ct)
    {
        if (KindOf(table) is not { } kind || !differences.Any(d => d.Kind == kind))
            return differences;
        return
        [
            .. differences.Where(d => d.Kind != kind),
            .. await KeyComparison.CompareAsync(reading, receiving, Everywhere(table), [.. differences.Where(d => d.Kind == kind).Select(d => d.Key)], ct),
        ];
    }

    /// <summary>How such a row shows: as one that the source lacks. Null where there can be none.</summary>
    public static DifferenceKind? KindOf(Table table) => table switch
    {
        { Receiving.OfKeysWhereverRefused: not null } => DifferenceKind.Missing,
        { Reading.OfKeysWhereverRefused: not null } => DifferenceKind.Extra,
        _ => null,
    };

    static Table Everywhere(Table table) => table with { Reading = Everywhere(table.Reading), Receiving = Everywhere(table.Receiving) };

    static RowSource? Everywhere(RowSource? rows) => rows is { OfKeysWhereverRefused: { } all } ? rows with { OfKeys = all, OfKeysWhereverRefused = null } : rows;
}
