using PgSplit.Catalog;

namespace PgSplit.Shape;

/// <summary>A column of the receiving side and the expression over the sending side's row, <c>s</c>, that gives it.</summary>
/// <param name="Column">On the receiving side.</param>
/// <param name="Sql">Ready for a SELECT over <c>s</c>.</param>
/// <param name="Source">The one column that it needs; null for an expression, whose columns are always at hand.</param>
sealed record ProjectedColumn(Column Column, string Sql, string? Source);

/// <summary>
/// One direction of a shape: rows of the sending side as the receiving side has them. Copy, stream and verification write the same
/// expressions into their statements, so what one of them makes of a row the others make of it too.
/// </summary>
sealed class Projection
{
    Projection(ShapedTable shape, Table sending, Table receiving, string? where, IReadOnlyList<string> sendingKey, IReadOnlyList<string> receivingKey, IReadOnlyList<ProjectedColumn> columns)
    {
        (Shape, Sending, Receiving, Where, SendingKey, Columns) = (shape, sending, receiving, where, sendingKey, columns);
        KeyOf = FlawRows.KeyOf(sending, sendingKey);
        Key = [.. receivingKey.Select(k => columns.First(c => c.Column.Name == k))];
    }

    public ShapedTable Shape { get; }
    public Table Sending { get; }
    public Table Receiving { get; }

    /// <summary>Of the sending side's rows; null for all.</summary>
    public string? Where { get; }

    public IReadOnlyList<string> SendingKey { get; }

    /// <summary>The texts of the key of a row <c>s</c>, as an array.</summary>
    public string KeyOf { get; }

    /// <summary>Why a row that <see cref="Where"/> keeps back is kept back: SQL over <c>s</c>.</summary>
    public string Reason => Shape.Rules.Where(r => r.StaysBehind).Reverse().Aggregate(
        Shape.Where is null ? "''" : Pg.Sql.Text(RefusedRows.Reason(Shape.Where)), (otherwise, r) => $"CASE WHEN {FlawRows.Listed(Shape, r, KeyOf)} THEN {Pg.Sql.Text(r.Reason)} ELSE {otherwise} END");

    /// <summary>What is written.</summary>
    public IReadOnlyList<ProjectedColumn> Columns { get; }

    /// <summary>Of <see cref="Columns"/>: the receiving side's key.</summary>
    public IReadOnlyList<ProjectedColumn> Key { get; }

    /// <summary>The list after SELECT, by the receiving side's names.</summary>
    public string Select => string.Join(", ", Columns.Select(c => $"{c.Sql} AS {c.Column.Sql}"));

    /// <summary>The same of the way forward, with numbers where keys become UUIDs.</summary>
    public string SelectNumbers => string.Join(", ", Columns.Select(c => Shape.Columns.First(s => s.Name == c.Column.Name) is { Kind: ColumnKind.Key, From: var from }
        ? $"s.{Pg.Sql.Name(from!)}::int8"
        : $"{c.Sql} AS {c.Column.Sql}"));

    /// <summary>Source to target.</summary>
    public static Projection Forward(ShapedTable shape, Table source, Table target) => new(
        shape, source, target, Accepted(shape, source), shape.FromKey, shape.ToKey,
        [.. shape.Columns.Select(c => new ProjectedColumn(target.Columns.Single(t => t.Name == c.Name), Ruled(shape, source, c), c.Kind == ColumnKind.Sql ? null : c.From))]);

    /// <summary>What a column of the target would be if no rule had changed it: SQL over <c>s</c>.</summary>
    public string Unchanged(string column) => Sql(Shape.Columns.Single(c => c.Name == column));

    static string? Accepted(ShapedTable shape, Table source)
    {
        var key = FlawRows.KeyOf(source, shape.FromKey);
        // A row that is listed is not looked at: an expression may fail on it.
        List<string> all = [.. shape.Rules.Where(r => r.StaysBehind).Select(r => $"NOT {FlawRows.Listed(shape, r, key)}")];
        if (shape.Where is not null)
            all.Add(all.Count == 0 ? shape.Where : $"({shape.Where})");
        return all.Count == 0 ? null : string.Join(" AND ", all);
    }

    static string Ruled(ShapedTable shape, Table source, ShapedColumn column)
    {
        var key = FlawRows.KeyOf(source, shape.FromKey);
        return shape.Rules.Where(r => r.Column == column.Name).Aggregate(
            Sql(column), (value, r) => $"CASE WHEN {FlawRows.Listed(shape, r, key)} THEN {FlawRows.Changed(r, Sql(column), key, column.Type)} ELSE {value} END");
    }

    /// <summary>Target to source. Keys arrive as numbers (<see cref="KeyResolver"/>).</summary>
    public static Projection Back(ShapedTable shape, Table source, Table target) => new(
        shape, target, source, null, shape.ToKey, shape.FromKey,
        [
            .. from c in shape.Columns
               where c.From is not null
               let to = source.Columns.Single(s => s.Name == c.From)
               select c.Kind == ColumnKind.Sql ? new ProjectedColumn(to, $"({c.Inverse ?? "NULL"})::{to.Type}", null) : new ProjectedColumn(to, $"s.{Pg.Sql.Name(c.Name)}::{to.Type}", c.Name),
            .. shape.Lost.Where(l => l.Inverse is not null).Select(l => new ProjectedColumn(source.Columns.Single(s => s.Name == l.Name), $"({l.Inverse})::{l.Type}", null)),
        ]);

    static string Sql(ShapedColumn c) => c.Kind switch
    {
        ColumnKind.Key => UuidKey.Sql(c.Of!.Value, $"s.{Pg.Sql.Name(c.From!)}"),
        ColumnKind.Sql => $"({c.Sql})::{c.Type}",
        _ => $"s.{Pg.Sql.Name(c.From!)}",
    };
}
