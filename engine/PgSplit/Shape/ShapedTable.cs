using PgSplit.Pg;

namespace PgSplit.Shape;

enum ColumnKind
{
    /// <summary>The source's value, perhaps under another name.</summary>
    Plain,

    /// <summary>An integer key, or a reference to one, that becomes a UUID.</summary>
    Key,

    /// <summary>What an expression makes of the source's row.</summary>
    Sql,
}

/// <summary>A table that changes its shape, worked out from the map and the source's catalog. Kept with the move: every process reads the same.</summary>
sealed record ShapedTable
{
    /// <summary>On the source, and on the target.</summary>
    public required QualifiedName From { get; init; }
    public required QualifiedName To { get; init; }

    /// <summary>Rows that go; null for all.</summary>
    public string? Where { get; init; }

    /// <summary>Columns of the target that are written.</summary>
    public required IReadOnlyList<ShapedColumn> Columns { get; init; }

    /// <summary>Columns of the source that the target has no more.</summary>
    public IReadOnlyList<LostColumn> Lost { get; init; } = [];

    /// <summary>What becomes of rows that are flawed in view of others.</summary>
    public IReadOnlyList<FlawRule> Rules { get; init; } = [];

    /// <summary>The row identity, by the source's names and by the target's.</summary>
    public required IReadOnlyList<string> FromKey { get; init; }
    public required IReadOnlyList<string> ToKey { get; init; }

    /// <summary>Whole old rows are needed in the stream (REPLICA IDENTITY FULL): an unchanged large value is read by an expression.</summary>
    public bool FromNeedsFull { get; init; }
    public bool ToNeedsFull { get; init; }

    /// <summary>Why nothing can be carried back; null where it can.</summary>
    public string? NoWayBack { get; init; }

    public override string ToString() => From.ToString();
}

/// <summary>A column of the target.</summary>
/// <param name="Name">On the target.</param>
/// <param name="From">The source's column whose place it takes; null for one that is only there.</param>
/// <param name="Kind">Where its value comes from.</param>
/// <param name="Type">On the target, ready for SQL.</param>
sealed record ShapedColumn(string Name, string? From, ColumnKind Kind, string Type)
{
    /// <summary>Of Sql.</summary>
    public string? Sql { get; init; }
    public string? Inverse { get; init; }

    /// <summary>Of Key: the table whose keys these are, its key column, and the sequence that numbers are taken from for rows born on the target.</summary>
    public QualifiedName? Of { get; init; }
    public string? OfColumn { get; init; }
    public string? Sequence { get; init; }

    /// <summary>Of Key: smallint, integer or bigint on the source.</summary>
    public string? OldType { get; init; }

    /// <summary>It refers to another service's table, which is not held to account on the target.</summary>
    public OnDelete? OnDelete { get; init; }
}

/// <param name="Inverse">Expression over the target's row; null where a row born there takes the column's default.</param>
sealed record LostColumn(string Name, string? Inverse, string Type);
