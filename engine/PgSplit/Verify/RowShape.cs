using PgSplit.Catalog;

namespace PgSplit.Verify;

/// <summary>
/// How a table's rows are read for comparison: the key's columns first, each column in its exact bytes, where those mean the same in both
/// databases, else in the text that its type's output function makes (a cast to text may be somebody's own, or lose trailing spaces).
/// </summary>
sealed class RowShape
{
    RowShape(Table table)
    {
        Table = table;
        Fields = [.. table.Key.Select(k => table.Columns.Single(c => c.Name == k)), .. table.Columns.Where(c => !table.Key.Contains(c.Name))];
        Key = [.. Fields.Take(table.Key.Count).Select(c => Order(c) ?? KeyOrder.Bytes)];
    }

    public Table Table { get; }

    /// <summary>Columns in the order in which they are read.</summary>
    public IReadOnlyList<Column> Fields { get; }

    public IReadOnlyList<KeyOrder> Key { get; }

    /// <summary>The list after SELECT.</summary>
    public string Select => SelectOf("");

    /// <param name="of">What the table is called, with a dot.</param>
    public string SelectOf(string of) => string.Join(", ", Fields.Select((c, at) => Read(c, at, of)));

    /// <summary>What rows are read from, on the side that is read or on the one that receives.</summary>
    public string From(bool reading) => SourceOf(Table, reading);

    /// <summary>Where the server's order is that of the bytes, the key's index gives it; otherwise its text is sorted by its bytes, which no collation changes (PROTOCOL case 33).</summary>
    public string OrderBy => string.Join(", ", Fields.Take(Key.Count).Select(SortKey));

    public static RowShape Of(Table table) => new(table);

    /// <summary>Partitioned tables are compared as a whole: their parts may be cut otherwise on the other side (case 40).</summary>
    public static string SourceOf(Table table, bool reading) => (reading ? table.Reading : table.Receiving)?.All ?? SourceOf(table);

    /// <summary>The same of just the rows whose keys are in <c>k</c>.</summary>
    public static string RowsOf(Table table, bool reading) => (reading ? table.Reading : table.Receiving)?.OfKeys ?? SourceOf(table);

    public static string SourceOf(Table table) => table.HoldsRows ? $"ONLY {table.Name.Sql}" : table.Name.Sql;

    /// <summary>Whether parts of the table can be read by this column without reading all of it each time.</summary>
    public static bool CanSplitBy(Column column) => Order(column) is not null && !IsText(column);

    /// <summary>The text by the type's output function; null where the column is.</summary>
    public static string Text(Column column, string of = "") => column switch
    {
        { TypeOid: 25 or 1043 } => of + column.Sql,
        // No cast to text is defined for these, so it is the output function that makes it: the same, at less cost.
        { TypeOid: 20 or 21 or 23 or 26 or 700 or 701 or 1700 or 1082 or 1114 or 1184 or 2950 } => $"{of}{column.Sql}::text",
        { NotNull: true } => $"format('%s', {of}{column.Sql})",
        // IS NULL is true of a composite that has nothing but nulls.
        _ => $"CASE WHEN num_nulls({of}{column.Sql}) = 0 THEN format('%s', {of}{column.Sql}) END",
    };

    /// <summary>The keys' texts of a row that was read by this shape.</summary>
    public string[] KeyTexts(ReadOnlySpan<byte> row)
    {
        var texts = new string[Key.Count];
        for (var n = 0; n < texts.Length; n++)
            texts[n] = KeyText.Of(Order(Fields[n]) is null ? null : Fields[n].TypeOid, row[RowStream.Field(row, n)!.Value]);
        return texts;
    }

    string Read(Column column, int at, string of) =>
        at < Table.Key.Count && Order(column) is null || !column.BinarySafe ? Text(column, of) : of + column.Sql;

    static string SortKey(Column column) => Order(column) switch
    {
        null => $"({Text(column)}) COLLATE \"C\"",
        _ when IsText(column) => $"{column.Sql} COLLATE \"C\"",
        _ => column.Sql,
    };

    static bool IsText(Column column) => column.TypeOid is 25 or 1043;

    /// <summary>Of types whose own order is that of their bytes; null for all others. OIDs of PostgreSQL's own types never change.</summary>
    static KeyOrder? Order(Column column) => column.TypeOid switch
    {
        20 or 21 or 23 or 1082 or 1114 or 1184 => KeyOrder.Signed,
        16 or 17 or 25 or 26 or 1043 or 2950 => KeyOrder.Bytes,
        _ => null,
    };
}
