using System.Text;

namespace PgSplit.Load;

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">On which it begins.</param>
/// <param name="Fields">Null where NULL was meant.</param>
readonly record struct CsvRecord(long Line, IReadOnlyList<string?> Fields);

/// <summary>
/// Records of a CSV file (RFC 4180), one at a time. Own code, because libraries don't tell a quoted empty field, which is an empty
/// text, from one that is not quoted, which is NULL, as PostgreSQL writes them.
/// </summary>
sealed class CsvReader(LineReader reader, string path, LoadOptions options)
{
    // Twice the largest text that PostgreSQL could take would not fit either; a quote that is never closed must not fill the memory.
    const int MostChars = 256 << 20;

    readonly StringBuilder _field = new();
    int _width;

    /// <summary>Bytes read so far.</summary>
    public long Position => reader.Position;

    /// <exception cref="PgSplitException">What follows is no CSV.</exception>
    public CsvRecord? Next()
    {
        // A line with nothing in it is no record, as editors leave them at the end; but of a single column it is NULL.
        while (_width != 1 && reader.Peek() is ('\n' or '\r'))
            reader.Read();
        if (reader.Peek() < 0)
            return null;
        var line = reader.Line;
        var fields = new List<string?>();
        var length = 0;
        while (true)
        {
            fields.Add(Field(line));
            length += _field.Length;
            if (length > MostChars)
                throw Bad(line, "a record of more than 256 million characters", "look for a quote that is not closed");
            var next = reader.Read();
            if (next == options.Delimiter)
                continue;
            if (next == '\r' && reader.Peek() == '\n')
                reader.Read();
            _width = _width == 0 ? fields.Count : _width;
            return new CsvRecord(line, fields);
        }
    }

    string? Field(long line)
    {
        _field.Clear();
        if (reader.Peek() == '"')
            return Quoted(line);
        while (reader.Peek() is var next && next >= 0 && next != options.Delimiter && next is not ('\n' or '\r'))
        {
            if (next == '"')
                throw Bad(reader.Line, "a quote within a field that does not begin with one", "put the whole field in quotes, and double those within");
            _field.Append((char)reader.Read());
        }

        var text = _field.ToString();
        return text == options.Null ? null : text;
    }

    string Quoted(long line)
    {
        reader.Read();
        while (true)
        {
            var next = reader.Read();
            if (next < 0)
                throw Bad(line, "a quote that is opened here is never closed: the file was cut off, or a quote within is not doubled", "export the file again");
            if (next == '"')
            {
                if (reader.Peek() != '"')
                    break;
                reader.Read();
            }

            _field.Append((char)next);
            if (_field.Length > MostChars)
                throw Bad(line, "a field of more than 256 million characters", "look for a quote that is not closed");
        }

        if (reader.Peek() is var after && after >= 0 && after != options.Delimiter && after is not ('\n' or '\r'))
            throw Bad(reader.Line, $"'{(char)after}' after a closing quote", "double the quotes within a field, or say the delimiter: --delimiter ';'");
        return _field.ToString();
    }

    PgSplitException Bad(long line, string what, string remedy) => new(ExitCode.BadInput, $"{path}:{line}: {what}", remedy);
}
