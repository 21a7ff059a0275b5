using PgSplit.Catalog;

namespace PgSplit.Verify;

/// <summary>Keys as a list in FROM, <c>k</c>, with the place of each (from 1 on); COPY takes no parameters.</summary>
static class KeyList
{
    public static string Sql(Table table, IReadOnlyList<string?[]> keys)
    {
        if (!table.HasKey)
            return $"(VALUES {string.Join(", ", keys.Select((k, n) => $"({n + 1}::bigint, ARRAY[{Texts(WholeRow.Of(k))}]::text[])"))}) k(place, whole)";
        var lists = table.Key.Select((c, n) => $"ARRAY[{Texts(keys.Select(k => k[n]))}]::text[]{Cast(Of(table, c))}");
        return $"unnest({string.Join(", ", lists)}) WITH ORDINALITY AS k({string.Join(", ", table.Key.Select((_, n) => $"k{n}"))}, place)";
    }

    /// <summary>That a row of the table, <c>t</c>, has the key <c>k</c>.</summary>
    public static string Matches(Table table) => table.HasKey
        ? string.Join(" AND ", table.Key.Select((c, n) => Of(table, c) is var column && Cast(column).Length > 0
            ? $"t.{column.Sql} = k.k{n}"
            : $"({RowShape.Text(column, "t.")}) COLLATE \"C\" = k.k{n} COLLATE \"C\""))
        : $"{WholeRow.Sql(table, "t.")} = k.whole";

    /// <summary>
    /// To PostgreSQL's own types and to enums, whose equality is always at hand and has the key's index; others, whose operators are
    /// in schemas that are not on our path, are compared in their texts.
    /// </summary>
    static string Cast(Column column) => column switch
    {
        // The standard's names of these mean a length of 1.
        { TypeOid: 1042 } => "::pg_catalog.bpchar[]",
        { TypeOid: 1560 } => "::pg_catalog.\"bit\"[]",
        { TypeOid: < 16384 } or { TypeKind: 'e' } when column.ArrayType is { } array => $"::{array}",
        _ => "",
    };

    static Column Of(Table table, string name) => table.Columns.Single(c => c.Name == name);

    static string Texts(IEnumerable<string?> texts) => string.Join(", ", texts.Select(t => t is null ? "NULL" : Pg.Sql.Text(t)));
}
