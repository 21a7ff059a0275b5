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
        Key = [.. receivingKey.Select(k => columns.First(c => c.Column.Name == k))];
    }

    public ShapedTable Shape { get; }
    public Table Sending { get; }
    public Table Receiving { get; }

    /// <summary>Of the sending side's rows; null for all.</summary>
    public string? Where { get; }

    public IReadOnlyList<string> SendingKey { get; }

    /// <summary>What is written.</summary>
    public IReadOnlyList<ProjectedColumn> Columns { get; }

    /// <summary>Of <see cref="Columns"/>: the receiving side's key.</summary>
    public IReadOnlyList<ProjectedColumn> Key { get; }

    /// <summary>The list after SELECT, by the receiving side's names.</summary>
    public string Select => string.Join(", ", Columns.Select(c => $"{c.Sql} AS {c.Column.Sql}"));

    /// <summary>Source to target.</summary>
    public static Projection Forward(ShapedTable shape, Table source, Table target) => new(
        shape, source, target, shape.Where, shape.FromKey, shape.ToKey,
        [.. shape.Columns.Select(c => new ProjectedColumn(target.Columns.Single(t => t.Name == c.Name), Sql(c), c.Kind == ColumnKind.Sql ? null : c.From))]);

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
