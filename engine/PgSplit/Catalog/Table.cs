using PgSplit.Pg;

namespace PgSplit.Catalog;

enum TableKind
{
    /// <summary>Holds rows, and is no partition.</summary>
    Ordinary,

    /// <summary>The root or a middle of a partitioned table: holds none itself.</summary>
    Partitioned,

    /// <summary>Holds rows for a partitioned table.</summary>
    Partition,
}

/// <summary>By which columns a row is told from others in the stream (REPLICA IDENTITY, manual ALTER TABLE).</summary>
enum RowIdentity
{
    /// <summary>By its primary key.</summary>
    Default,

    /// <summary>By the columns of a unique index.</summary>
    Index,

    /// <summary>By all its columns: rows may be alike.</summary>
    Full,

    /// <summary>Not at all: updates and deletes fail once the table is published.</summary>
    Nothing,
}

/// <summary>A table of a set that moves, as the catalog of its source has it. Columns are known by name, never by number (PROTOCOL case 22).</summary>
sealed record Table
{
    public required uint Oid { get; init; }
    public required QualifiedName Name { get; init; }
    public required TableKind Kind { get; init; }

    /// <summary>The partitioned table this is a partition of, directly.</summary>
    public QualifiedName? Parent { get; init; }

    /// <summary>The topmost partitioned table; the table itself where it is no partition. Changes arrive in its name.</summary>
    public required QualifiedName Root { get; init; }

    /// <summary>Those that are not dropped, in their order.</summary>
    public required IReadOnlyList<Column> Columns { get; init; }
    public required RowIdentity Identity { get; init; }

    /// <summary>The columns of the row identity, in the index's order; empty for Full and Nothing.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>Rows as estimated by the last ANALYZE; negative where there was none.</summary>
    public required double EstimatedRows { get; init; }

    /// <summary>Heap and TOAST, without indexes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Changes whenever the table is rewritten or truncated; 0 for partitioned ones.</summary>
    public required uint FileNode { get; init; }

    /// <summary>Of names, types and properties of columns and of the row identity: differs as soon as a change of schema matters to the stream.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>How it is copied, where its shape changes on the way; null for a table that moves as it is.</summary>
    public CopyShape? Shape { get; init; }

    /// <summary>Where its rows are compared in another form than the table's own, what is read on either side (PROTOCOL 1.12).</summary>
    public RowSource? Reading { get; init; }
    public RowSource? Receiving { get; init; }

    /// <summary>Columns that are written: generated ones are computed by the target itself (PROTOCOL case 34).</summary>
    public IEnumerable<Column> Written => Columns.Where(c => !c.IsGenerated);

    public bool HoldsRows => Kind != TableKind.Partitioned;

    /// <summary>Neither a key nor an order of rows: compared as a multiset (PROTOCOL case 78).</summary>
    public bool HasKey => Key.Count > 0;

    public override string ToString() => Name.ToString();
}

/// <summary>A column of a <see cref="Table"/>.</summary>
sealed record Column
{
    public required string Name { get; init; }

    /// <summary>The type with its modifier, qualified, ready for SQL: <c>numeric(10,2)</c>, <c>public."Mood"</c>.</summary>
    public required string Type { get; init; }
    public required uint TypeOid { get; init; }

    /// <summary>pg_type: b base, c composite, d domain, e enum, r range, m multirange.</summary>
    public required char TypeKind { get; init; }

    /// <summary>pg_type.typcategory: A array, …</summary>
    public required char TypeCategory { get; init; }

    /// <summary>The array type over this type, without modifier, ready for SQL; null where there is none.</summary>
    public string? ArrayType { get; init; }

    /// <summary>The character between elements in the text of an array of this type: ';' for box, else ','.</summary>
    public required char Delimiter { get; init; }

    /// <summary>The binary form means the same in both databases: no OID of this database's own is inside (PROTOCOL case 31).</summary>
    public required bool BinarySafe { get; init; }

    public required bool NotNull { get; init; }

    /// <summary>Identity: 'a' always, 'd' by default, null for neither.</summary>
    public char? Identity { get; init; }
    public required bool IsGenerated { get; init; }

    /// <summary>Generated when it is read (PostgreSQL 18): in no row, in no stream.</summary>
    public bool IsVirtual { get; init; }

    public string Sql => Pg.Sql.Name(Name);
}
