namespace PgSplit.Pg;

/// <summary>Schema and name of a table or another object, as the catalog has them (unquoted).</summary>
public readonly record struct QualifiedName(string Schema, string Name) : IComparable<QualifiedName>
{
    /// <summary>Quoted, ready for SQL.</summary>
    public string Sql => $"{Pg.Sql.Name(Schema)}.{Pg.Sql.Name(Name)}";

    /// <summary>For people: without the schema <c>public</c>, unquoted.</summary>
    public override string ToString() => Schema == "public" ? Name : $"{Schema}.{Name}";

    public int CompareTo(QualifiedName other)
    {
        var bySchema = string.CompareOrdinal(Schema, other.Schema);
        return bySchema != 0 ? bySchema : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(QualifiedName a, QualifiedName b) => a.CompareTo(b) < 0;
    public static bool operator >(QualifiedName a, QualifiedName b) => a.CompareTo(b) > 0;
    public static bool operator <=(QualifiedName a, QualifiedName b) => a.CompareTo(b) <= 0;
    public static bool operator >=(QualifiedName a, QualifiedName b) => a.CompareTo(b) >= 0;
}
