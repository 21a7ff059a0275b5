using System.Globalization;
using System.Text;
using Npgsql;

namespace Hdms.Cli.Monolith;

/// <summary>Rows of a table, as COPY takes them in text.</summary>
internal sealed class CopyRows : IAsyncDisposable
{
    readonly TextWriter _to;
    readonly StringBuilder _line = new();

    CopyRows(TextWriter to) => _to = to;

    public long Count { get; private set; }

    public static async Task<CopyRows> BeginAsync(NpgsqlConnection connection, string table, string columns, CancellationToken ct) =>
        new(await connection.BeginTextImportAsync($"COPY {table} ({columns}) FROM STDIN", ct));

    public void Add(params ReadOnlySpan<object?> cells)
    {
        _line.Clear();
        foreach (var cell in cells)
        {
            Append(cell);
            _line.Append('\t');
        }

        _line[^1] = '\n';
        _to.Write(_line);
        Count++;
    }

    public async ValueTask DisposeAsync() => await _to.DisposeAsync();

    void Append(object? cell)
    {
        switch (cell)
        {
            case null:
                _line.Append("\\N");
                break;
            case bool yes:
                _line.Append(yes ? 't' : 'f');
                break;
            // A zone of its own only where the column has one; the value is the office's time either way.
            case DateTime time:
                _line.Append(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss.fff}");
                break;
            case DateTimeOffset time:
                _line.Append(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss.fffzzz}");
                break;
            case string text:
                AppendEscaped(text);
                break;
            default:
                _line.Append(CultureInfo.InvariantCulture, $"{cell}");
                break;
        }
    }

    void AppendEscaped(string text)
    {
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\\' => _line.Append("\\\\"),
                '\t' => _line.Append("\\t"),
                '\n' => _line.Append("\\n"),
                '\r' => _line.Append("\\r"),
                _ => _line.Append(letter),
            };
        }
    }
}
