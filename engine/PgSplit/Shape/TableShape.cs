using System.Text.Json.Serialization;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>What a map says of a table that does not move as it is (PROTOCOL 1.12). What it leaves out stays.</summary>
sealed record TableShape
{
    /// <summary>Its name on the target; null where that is the same.</summary>
    public QualifiedName? To { get; init; }

    /// <summary>Its integer key becomes a UUID (<see cref="UuidKey"/>).</summary>
    public bool UuidKey { get; init; }

    /// <summary>Rows of which this is not true stay behind; null where all go.</summary>
    public string? Where { get; init; }

    public IReadOnlyList<ColumnShape> Columns { get; init; } = [];

    /// <summary>What the target takes once, and what becomes of the others; null where the map says nothing of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UniqueRule>? Unique { get; init; }

    /// <summary>A row on which an expression fails while it is followed is set aside, and the stream goes on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool QuarantinesUnfit { get; init; }

    /// <summary>Of the map.</summary>
    public int Line { get; init; }

    public bool ChangesNothing => To is null && !UuidKey && Where is null && Columns.Count == 0 && Unique is null && !QuarantinesUnfit;
}

/// <summary>What a map says of one column.</summary>
/// <param name="Name">On the source, or on the target where the column is new there.</param>
sealed record ColumnShape(string Name)
{
    public string? To { get; init; }

    /// <summary>Expression over the source's row that gives its value on the target.</summary>
    public string? Sql { get; init; }

    /// <summary>Expression over the target's row that gives the value on the source.</summary>
    public string? Inverse { get; init; }

    /// <summary>The target does not have it.</summary>
    public bool Drop { get; init; }

    /// <summary>The table that it refers to without a foreign key on the target.</summary>
    public QualifiedName? References { get; init; }

    /// <summary>What becomes of rows whose referred row is deleted: the services see to it from then on.</summary>
    public OnDelete? OnDelete { get; init; }

    /// <summary>Of the map.</summary>
    public int Line { get; init; }
}

/// <summary>What a service does with its rows when another service deletes what they refer to.</summary>
enum OnDelete
{
    Restrict,
    Detach,
    Cascade,
}
