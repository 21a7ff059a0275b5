using Npgsql;
using PgSplit.Ddl;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// A table that comes into another schema is made under its old name first. Whatever has that name, or one of its indexes' or
/// sequences', on the target gets another one for the length of the transaction: nobody ever sees it.
/// </summary>
static class StepAside
{
    /// <summary>In the transaction that makes the tables.</summary>
    /// <returns>Statements that give the names back, for the end of the same transaction.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlConnection source, NpgsqlConnection target, IReadOnlyList<ShapedTable> shapes, CancellationToken ct)
    {
        var leaving = shapes.Where(s => s.To.Schema != s.From.Schema).Select(s => s.From).ToList();
        var names = await source.QueryAsync(
            """
            SELECT DISTINCT n.nspname, x.relname FROM unnest($1::text[], $2::text[]) AS m(schema, name)
            JOIN pg_namespace n ON n.nspname = m.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.name
            CROSS JOIN LATERAL (
                SELECT c.relname
                UNION SELECT i.relname FROM pg_index k JOIN pg_class i ON i.oid = k.indexrelid WHERE k.indrelid = c.oid
                UNION SELECT s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype IN ('a', 'i')) x
            """,
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, leaving.Select(t => t.Schema).ToArray(), leaving.Select(t => t.Name).ToArray());
        var there = await target.QueryAsync(
            """
            SELECT n.nspname, c.relname FROM unnest($1::text[], $2::text[]) AS m(schema, name)
            JOIN pg_namespace n ON n.nspname = m.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.name ORDER BY 1, 2
            """,
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, names.Select(t => t.Schema).ToArray(), names.Select(t => t.Name).ToArray());
        var back = new List<string>();
        foreach (var (name, n) in there.Select((name, n) => (name, n)))
        {
            var aside = new QualifiedName(name.Schema, $"pgsplit aside {n}");
            // Of whatever kind it is: ALTER TABLE renames indexes, sequences and views, too.
            await target.RunAsync($"ALTER TABLE {name.Sql} RENAME TO {Sql.Name(aside.Name)}", ct);
            back.Add($"ALTER TABLE {aside.Sql} RENAME TO {Sql.Name(name.Name)}");
        }

        return back;
    }
}
