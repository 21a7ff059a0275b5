using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>Rows that can't be loaded, each with its place and reason, a JSON line each: <c>{"source", "line", "number", "table", "reason", "row"}</c>. None is dropped in silence.</summary>
sealed class Rejects(LoadOptions options) : IDisposable
{
    // So many at most: a file of another kind altogether would else be copied into this one.
    const int MostWritten = 100_000;

    static readonly JsonSerializerOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Dictionary<QualifiedName, long> _byTable = [];
    StreamWriter? _file;

    public long Count { get; private set; }

    /// <summary>The first one, for the message.</summary>
    public string? First { get; private set; }

    public string? Path => Count > 0 ? options.Rejects : null;

    public long Of(QualifiedName table) => _byTable.GetValueOrDefault(table);

    /// <exception cref="PgSplitException">There are so many that the file is not what it was taken for.</exception>
    public void Add(QualifiedName table, SourceRow row, string reason)
    {
        Count++;
        _byTable[table] = Of(table) + 1;
        First ??= $"{row}: {reason}";
        _file ??= new StreamWriter(options.Rejects);
        _file.WriteLine(Line(table, row, reason));
        if (Count >= Math.Max(MostWritten, options.AcceptRejects + 1))
            throw Refusal();
    }

    /// <exception cref="PgSplitException">More were rejected than is accepted.</exception>
    public void EnsureAccepted()
    {
        if (Count > options.AcceptRejects)
            throw Refusal();
    }

    public void Dispose() => _file?.Dispose();

    PgSplitException Refusal() => new(
        ExitCode.Refused, $"{Count} {(Count == 1 ? "row" : "rows")} can't be loaded, the first at {First}; nothing was loaded",
        $"{options.Rejects} lists them with reasons: mend the source and load again, or leave them out with --accept-rejects {Count}");

    static string Line(QualifiedName table, SourceRow row, string reason)
    {
        var said = row.Json();
        try
        {
            return Line(JsonNode.Parse(said));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What is no JSON, or has half a character in it, is kept as the text that it was.
            return Line(JsonValue.Create(said));
        }

        string Line(JsonNode? content) => JsonSerializer.Serialize(new { source = row.File, line = row.Line, number = row.Number, table = table.ToString(), reason, row = content }, Form);
    }
}
