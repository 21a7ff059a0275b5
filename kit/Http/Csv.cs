using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Http;

/// <summary>
/// Rows as CSV (RFC 4180) in UTF-8, written as they come. A spreadsheet takes a cell that begins with an equals sign, a plus, a minus or
/// an at-sign for a formula, whoever typed it: those begin with a quote instead, as it shows text.
/// </summary>
public sealed class Csv(HttpResponse response)
{
    const string Formulas = "=+-@\t\r";

    readonly StringBuilder _text = new();

    public static Csv Of(HttpResponse response, string name, params ReadOnlySpan<string> header)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.CacheControl = "no-store";
        var csv = new Csv(response);

        // By this spreadsheets know the encoding.
        csv._text.Append('\uFEFF');
        csv.Row([.. header]);
        return csv;
    }

    public void Row(params ReadOnlySpan<object?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            _text.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        }

        _text.Append("\r\n");
    }

    public async Task SendAsync(CancellationToken ct)
    {
        await response.WriteAsync(_text.ToString(), ct);
        _text.Clear();
    }

    public static string Cell(object? value)
    {
        var text = value switch
        {
            null => "",
            DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ"),
            DateOnly day => day.ToString("yyyy-MM-dd"),
            bool yes => yes ? "true" : "false",
            _ => $"{value}",
        };

        // A number of ours is no formula, whatever its sign.
        if (value is string && text.Length > 0 && Formulas.Contains(text[0], StringComparison.Ordinal))
        {
            text = $"'{text}";
        }

        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
