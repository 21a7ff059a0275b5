using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Hdms.Kit.Problems;

namespace Hdms.Users.Import;

/// <param name="Line">Where the row ends in the file, from 1; the header is line 1.</param>
/// <param name="Problem">Why the row can't be taken, whatever is in it.</param>
sealed record ImportLine(int Line, string EmployeeCode, IReadOnlyList<string> Cells, string? Problem);

/// <summary>A file of people: CSV (RFC 4180) in UTF-8 with a header of field names.</summary>
sealed record ImportFile(IReadOnlyList<string> Columns, IReadOnlyList<ImportLine> Lines)
{
    public const int MostBytes = 5 * 1024 * 1024;
    public const int MostRows = 20_000;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="Refusal">400: not UTF-8, or no CSV. 422: a column that is not known, or too many rows.</exception>
    public static ImportFile Read(byte[] bytes)
    {
        var bad = false;
        using var parser = new CsvParser(new StringReader(Decode(bytes)), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            BadDataFound = _ => bad = true,
        });
        var columns = parser.Read() ? parser.Record!.Select(c => c.Trim().ToLowerInvariant()).ToArray() : [];
        CheckHeader(columns);
        var codeAt = Array.IndexOf(columns, ImportColumns.Key);
        var lines = new List<ImportLine>();
        var firstAt = new Dictionary<string, int>(StringComparer.Ordinal);
        while (true)
        {
            bad = false;
            var first = parser.RawRow + 1;
            if (!parser.Read())
            {
                break;
            }

            var cells = parser.Record!;
            var code = codeAt < cells.Length ? cells[codeAt].Trim() : "";
            var problem = Problem(columns, cells, bad, first, parser.RawRow);
            if (code.Length > 0 && !firstAt.TryAdd(code, parser.RawRow))
            {
                problem ??= $"has the same employee_code as line {firstAt[code]}";
            }

            lines.Add(new ImportLine(parser.RawRow, code, cells, problem));
        }

        var check = new Checks();
        check.That("body", lines.Count > 0, "has no rows under its header");
        check.That("body", lines.Count <= MostRows, $"has {lines.Count} rows; at most {MostRows} are taken at once");
        check.Done();
        return new ImportFile(columns, lines);
    }

    static string Decode(byte[] bytes)
    {
        try
        {
            var text = Utf8.GetString(bytes).TrimStart('\uFEFF');
            return text.Contains('\0', StringComparison.Ordinal) ? throw new Refusal(Codes.Malformed, "The file has a NUL character in it.") : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new Refusal(Codes.Malformed, $"The file is not UTF-8: see byte {e.Index + 1}. Save it as 'CSV UTF-8'.", e);
        }
    }

    static void CheckHeader(string[] columns)
    {
        var check = new Checks();
        var known = string.Join(", ", ImportColumns.Known);
        check.That("body", columns.Contains(ImportColumns.Key), $"needs a header with the column {ImportColumns.Key}; known columns: {known}");
        foreach (var column in columns.Except(ImportColumns.Known))
        {
            check.That("body", false, $"has a column '{column}', which is not known; known columns: {known}");
        }

        check.That("body", columns.Distinct(StringComparer.Ordinal).Count() == columns.Length, "has a column twice");
        check.Done();
    }

    static string? Problem(string[] columns, string[] cells, bool bad, int first, int last) =>
        // Of nobody. Were each line a row of its own, what is inside a cell would be taken for people.
        cells.Any(c => c.AsSpan().IndexOfAny('\r', '\n') >= 0) ? $"has a cell that goes over lines {first} to {last}, or a quotation mark that is not closed"
        : bad ? "has a quotation mark in the middle of a cell"
        : cells.Length > columns.Length ? $"has {cells.Length} cells, the header {columns.Length}; too many: {string.Join(", ", cells.Skip(columns.Length))}"
        : cells.Length < columns.Length ? $"has {cells.Length} cells, the header {columns.Length}"
        : null;
}
