using System.Security.Cryptography;
using System.Text;
using PgSplit.Catalog;

namespace PgSplit.Verify;

/// <summary>
/// What stands for the key where a table has none: the texts of all columns in their order, long ones as their SHA-256, and of tables
/// with very many columns one digest of all; so that it fits the index over differences. Made alike in SQL and here.
/// </summary>
static class WholeRow
{
    const int Long = 80, ManyColumns = 24;
    const string Mark = "sha256:", MarkAll = "sha256-of-row:";

    /// <summary>A text[].</summary>
    public static string Sql(Table table, string of = "")
    {
        var texts = $"ARRAY[{string.Join(", ", table.Columns.Select(c => IsShort(c) ? RowShape.Text(c, of) : Short(RowShape.Text(c, of))))}]::text[]";
        return table.Columns.Count <= ManyColumns
            ? texts
            : $"ARRAY[{Pg.Sql.Text(MarkAll)} || encode(sha256(convert_to(array_to_string({texts}, E'\\x01', E'\\x02'), 'UTF8')), 'hex')]";
    }

    /// <summary>The same of texts that were not read by <see cref="Sql"/>: those that the stream had.</summary>
    public static string?[] Of(string?[] texts)
    {
        if (texts.Length == 1 && texts[0]?.StartsWith(MarkAll, StringComparison.Ordinal) == true)
            return texts;
        string?[] all = [.. texts.Select(t => t is null || Encoding.UTF8.GetByteCount(t) <= Long ? t : Mark + Hex(t))];
        return texts.Length <= ManyColumns ? all : [MarkAll + Hex(string.Join('\x01', all.Select(t => t ?? "\x02")))];
    }

    // The longest of these is a timestamp BC with its zone.
    static bool IsShort(Column column) => column.TypeOid is 16 or 20 or 21 or 23 or 26 or 700 or 701 or 1082 or 1114 or 1184 or 2950;

    static string Short(string text) => $"CASE WHEN octet_length({text}) > {Long} THEN {Pg.Sql.Text(Mark)} || encode(sha256(convert_to({text}, 'UTF8')), 'hex') ELSE {text} END";

    static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
