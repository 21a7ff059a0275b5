using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Shape;

/// <summary>The tables of a move that change their shape, with both sides' catalog: what copy, stream and verification are given.</summary>
sealed class ShapeSet
{
    readonly Dictionary<QualifiedName, (ShapedTable Shape, Table Source, Table Target)> _tables;

    ShapeSet(Dictionary<QualifiedName, (ShapedTable, Table, Table)> tables) => _tables = tables;

    public static ShapeSet None { get; } = new([]);

    public bool IsEmpty => _tables.Count == 0;

    public IEnumerable<ShapedTable> Tables => _tables.Values.Select(t => t.Shape);

    /// <summary>Why nothing can be carried back to the source; null where all can.</summary>
    public string? NoWayBack => string.Join("; ", Tables.Where(t => t.NoWayBack is not null).Select(t => $"{t}: {t.NoWayBack}")) is { Length: > 0 } why ? why : null;

    /// <summary>Whether a table changes its shape; by its name on the source.</summary>
    public bool Has(QualifiedName table) => _tables.ContainsKey(table);

    public static async Task<ShapeSet> OpenAsync(NpgsqlConnection source, NpgsqlConnection target, IReadOnlyList<ShapedTable> shapes, CancellationToken ct)
    {
        if (shapes.Count == 0)
            return None;
        var sources = (await TableReader.ReadAsync(source, [.. shapes.Select(s => s.From)], ct)).ToDictionary(t => t.Name);
        var targets = (await TableReader.ReadAsync(target, [.. shapes.Select(s => s.To)], ct)).ToDictionary(t => t.Name);
        // Where the old tables are gone the move is over, and nothing is asked about them.
        return new ShapeSet(shapes.Where(s => sources.ContainsKey(s.From) && targets.ContainsKey(s.To)).ToDictionary(s => s.From, s => (s, sources[s.From], targets[s.To])));
    }

    public Projection Forward(QualifiedName table) => _tables[table] is var t ? Projection.Forward(t.Shape, t.Source, t.Target) : null!;

    /// <summary>Keys of some table are of another kind on the target.</summary>
    public bool ChangesKeys => Tables.SelectMany(t => t.Columns).Any(c => c.Kind == ColumnKind.Key);

    /// <summary>How rows that a stream names by this table reach the other side; null where they go as they are, or not at all.</summary>
    public Projection? ProjectionOf(QualifiedName sending, bool forward)
    {
        if (_tables.Values.FirstOrDefault(t => (forward ? t.Shape.From : t.Shape.To) == sending) is not { Shape: { } shape } found)
            return null;
        return forward ? Projection.Forward(shape, found.Source, found.Target) : NoWayBack is null ? Projection.Back(shape, found.Source, found.Target) : null;
    }

    /// <summary>A table of the source as it is to be copied.</summary>
    public Table Copied(Table table)
    {
        if (!Has(table.Name))
            return table;
        var forward = Forward(table.Name);
        List<(int, QualifiedName)> uuids = [.. forward.Columns.Select((c, n) => (n, Shape: forward.Shape.Columns.Single(s => s.Name == c.Column.Name))).Where(c => c.Shape.Kind == ColumnKind.Key).Select(c => (c.n, c.Shape.Of!.Value))];
        var keys = forward.SendingKey.Select(k => RowShape.Text(table.Columns.Single(c => c.Name == k), "s."));
        return table with
        {
            Shape = new CopyShape(
                forward.Shape.To, [.. forward.Columns.Select(c => c.Column.Name)], forward.Select,
                forward.Columns.All(c => c.Column.BinarySafe), forward.Where, $"ARRAY[{string.Join(", ", keys)}]::text[]") 
            {
                Reason = forward.Reason,
                SelectNumbers = uuids.Count == 0 ? null : forward.SelectNumbers,
                Keys = uuids,
            },
        };
    }

    /// <summary>
    /// A table as both sides are compared: by its name on the source, with the target's columns and key. The source's rows are read as
    /// the copy reads them.
    /// </summary>
    /// <param name="table">As the side has it that is read.</param>
    /// <param name="sourceReads">The source is the side that is read; else it receives.</param>
    /// <param name="targetWasOpen">Clients may have written on the target what a condition refuses.</param>
    public Table Compared(Table table, bool sourceReads, bool targetWasOpen)
    {
        if (_tables.Values.FirstOrDefault(t => (sourceReads ? t.Shape.From : t.Shape.To) == table.Name) is not { Shape: { } shape } found)
            return table;
        var forward = Projection.Forward(shape, found.Source, found.Target);
        var (ofSource, ofTarget) = (SourceRows(forward, targetWasOpen), new RowSource(shape.To, $"ONLY {shape.To.Sql}", $"ONLY {shape.To.Sql}", null));
        return found.Target with
        {
            Name = shape.From,
            Root = shape.From,
            Columns = [.. forward.Columns.Select(c => c.Column)],
            Key = shape.ToKey,
            Bytes = found.Source.Bytes,
            Reading = sourceReads ? ofSource : ofTarget,
            Receiving = sourceReads ? ofTarget : ofSource,
        };
    }

    static RowSource SourceRows(Projection forward, bool targetWasOpen)
    {
        var table = forward.Sending.Name;
        var select = $"SELECT {forward.Select} FROM ONLY {table.Sql} AS s";
        var accepted = forward.Where is null ? "true" : $"({forward.Where})";
        // A key that was computed is looked up by its index; the planner finds an index over what is only renamed by itself.
        var found = forward.Shape.Columns.Where(c => c.Kind == ColumnKind.Key).ToDictionary(c => c.Name, StringComparer.Ordinal);
        var keys = forward.Key.Select((k, n) => found.TryGetValue(k.Column.Name, out var c)
            ? $"s.{Pg.Sql.Name(c.From!)} = {UuidKey.OldSql(c.Of!.Value, Pg.Sql.Name(c.OfColumn!), $"k.k{n}")}"
            : null).OfType<string>().ToList();
        var ofKeys = keys.Count == 0 ? "true" : string.Join(" AND ", keys);
        var lateral = keys.Count == 0 ? "" : "LATERAL ";
        return new RowSource(
            table, $"({select}{(forward.Where is null ? "" : $" WHERE {accepted}")})",
            $"{lateral}({select} WHERE {ofKeys} AND {accepted})", targetWasOpen && forward.Where is not null ? $"{lateral}({select} WHERE {ofKeys})" : null);
    }
}
