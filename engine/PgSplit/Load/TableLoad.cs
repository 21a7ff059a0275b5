using System.Buffers;
using System.Text.RegularExpressions;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>
/// Rows on their way into one table, sent in batches by COPY. The server judges each: a row that it refuses is taken out of its batch,
/// known by the line that the server names, and the others go on.
/// </summary>
sealed partial class TableLoad(NpgsqlConnection connection, StagingTable table, IReadOnlyList<string> columns, Rejects rejects)
{
    const int MostRows = 5_000, MostBytes = 1 << 20;

    readonly string _copy = $"COPY {table.Name.Sql} ({Sql.Names(columns)}) FROM STDIN";
    readonly ArrayBufferWriter<byte> _bytes = new(64 << 10);
    readonly List<(SourceRow Row, int End)> _rows = [];

    public StagingTable Table => table;

    /// <summary>Those that the values of <see cref="AddAsync"/> are for.</summary>
    public IReadOnlyList<string> Columns => columns;

    public long Loaded { get; private set; }

    /// <returns>Whether it went on its way: false where it is rejected already.</returns>
    public async Task<bool> AddAsync(SourceRow row, IReadOnlyList<string?> values, CancellationToken ct)
    {
        for (var i = 0; i < values.Count; i++)
        {
            // PostgreSQL's text can't hold it, in any encoding.
            if (values[i] is { } value && value.Contains('\0', StringComparison.Ordinal))
            {
                rejects.Add(table.Name, row, $"column {columns[i]} has a NUL character (U+0000), which text can't hold");
                return false;
            }
        }

        for (var i = 0; i < values.Count; i++)
            CopyText.Write(_bytes, values[i], i == values.Count - 1);
        if (values.Count == 0)
            _bytes.Write("\n"u8);
        _rows.Add((row, _bytes.WrittenCount));
        if (_rows.Count >= MostRows || _bytes.WrittenCount >= MostBytes)
            await FlushAsync(ct);
        return true;
    }

    public async Task FlushAsync(CancellationToken ct)
    {
        for (var first = 0; first < _rows.Count;)
        {
            if (await SendAsync(first, _rows.Count, ct) is not { } refused)
                break;
            // Those before it go in by themselves, unless one among them is bad in a way that the server looks at later: a key twice.
            while (refused.Row > first && await SendAsync(first, refused.Row, ct) is { } earlier)
                refused = earlier;
            rejects.Add(table.Name, _rows[refused.Row].Row, refused.Reason);
            first = refused.Row + 1;
        }

        _bytes.ResetWrittenCount();
        _rows.Clear();
    }

    // Null where all went in; else nothing did.
    async Task<(int Row, string Reason)?> SendAsync(int first, int end, CancellationToken ct)
    {
        await connection.ExecuteAsync("SAVEPOINT batch", ct);
        try
        {
            var from = first == 0 ? 0 : _rows[first - 1].End;
            await using (var copy = ((StreamWriter)await connection.BeginTextImportAsync(_copy, ct)).BaseStream)
                await copy.WriteAsync(_bytes.WrittenMemory[from.._rows[end - 1].End], ct);
            await connection.ExecuteAsync("RELEASE batch", ct);
            Loaded += end - first;
            return null;
        }
        catch (PostgresException e) when (e.SqlState[..2] is "22" or "23" or "P0" or "54" && PlaceOf(e) is { Success: true } place)
        {
            await connection.ExecuteAsync("ROLLBACK TO batch; RELEASE batch", ct);
            var column = place.Groups["column"] is { Success: true } named ? $" (column {named.Value})" : "";
            return (first + int.Parse(place.Groups["line"].ValueSpan) - 1, $"{e.MessageText}{column}{(e.Detail is { } detail && e.SqlState[..2] == "23" ? $": {detail}" : "")}");
        }
    }

    // "COPY orders, line 17, column total: "x"", in the server's language.
    Match PlaceOf(PostgresException e)
    {
        var copy = $"COPY {table.Name.Name}, ";
        var where = e.Where ?? "";
        return where.LastIndexOf(copy, StringComparison.Ordinal) is var at and >= 0 ? Place().Match(where[(at + copy.Length)..]) : Match.Empty;
    }

    [GeneratedRegex(@"^\p{L}+ (?<line>\d+)(, \p{L}+ (?<column>[^:\n]+))?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();
}
