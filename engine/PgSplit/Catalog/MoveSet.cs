using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Catalog;

enum ObjectKind
{
    Schema,
    Collation,
    Enum,
    Composite,
    Domain,
    Range,
    Function,
    Sequence,
    Table,
    View,
    MaterializedView,
}

/// <summary>A thing that goes along with a move and has to be made on the target.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Oid">In the database that was read.</param>
/// <param name="Identity">Quoted and qualified, ready for SQL; of functions with the types of their arguments.</param>
/// <param name="AfterTables">Is a view, or depends on one: made after the copy.</param>
sealed record SetObject(ObjectKind Kind, uint Oid, string Identity, bool AfterTables)
{
    /// <summary>The catalog that holds it.</summary>
    public string Class => Kind switch
    {
        ObjectKind.Schema => "pg_namespace",
        ObjectKind.Collation => "pg_collation",
        ObjectKind.Function => "pg_proc",
        ObjectKind.Enum or ObjectKind.Composite or ObjectKind.Domain or ObjectKind.Range => "pg_type",
        _ => "pg_class",
    };
}

/// <summary>A sequence of the set: owned by one of its columns, or used by one of its defaults (PROTOCOL case 72).</summary>
sealed record Sequence
{
    public required uint Oid { get; init; }
    public required QualifiedName Name { get; init; }

    /// <summary>Table and column that own it, where they are in the set.</summary>
    public QualifiedName? OwnerTable { get; init; }
    public string? OwnerColumn { get; init; }

    /// <summary>It is an identity column's: made and dropped with the table.</summary>
    public required bool IsIdentity { get; init; }

    /// <summary>smallint, integer or bigint.</summary>
    public required string DataType { get; init; }
    public required long Start { get; init; }
    public required long Minimum { get; init; }
    public required long Maximum { get; init; }

    /// <summary>Negative where it descends.</summary>
    public required long Increment { get; init; }
    public required long Cache { get; init; }
    public required bool Cycle { get; init; }
}

/// <summary>An extension that something in the set is made of.</summary>
sealed record RequiredExtension(string Name, string Schema, string Version);

/// <summary>The tables of a move with everything that goes along with them, as one database's catalog has it.</summary>
sealed record MoveSet
{
    /// <summary>As the map names them, without their partitions.</summary>
    public required IReadOnlyList<QualifiedName> Named { get; init; }
    public required IReadOnlyList<Table> Tables { get; init; }
    public required IReadOnlyList<string> Schemas { get; init; }
    public required IReadOnlyList<RequiredExtension> Extensions { get; init; }
    public required IReadOnlyList<Sequence> Sequences { get; init; }

    /// <summary>All that is made on the target, in an order in which it can be made.</summary>
    public required IReadOnlyList<SetObject> Objects { get; init; }

    /// <summary>Objects of kinds that the engine doesn't carry (operators, C types, aggregates …), for people: they have to be on the target already.</summary>
    public required IReadOnlyList<string> Foreign { get; init; }

    public IEnumerable<SetObject> Of(params IEnumerable<ObjectKind> kinds) => Objects.Where(o => kinds.Contains(o.Kind));

    /// <summary>OIDs of tables, views and materialized views.</summary>
    public uint[] Relations => [.. Of(ObjectKind.Table, ObjectKind.View, ObjectKind.MaterializedView).Select(o => o.Oid)];

    /// <summary>Reads the set from the catalog. Names that are not there are missing in the answer.</summary>
    public static Task<MoveSet> ReadAsync(NpgsqlConnection connection, IReadOnlyList<QualifiedName> tables, CancellationToken ct) =>
        MoveSetReader.ReadAsync(connection, tables, ct);
}
