using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>No foreign key crosses the cut (PROTOCOL cases 42 and 43): no database can hold another's rows to account.</summary>
static class ForeignKeys
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var crossing = await x.AskAsync(
            """
            SELECT k.conrelid = ANY ($1), k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text, pg_get_constraintdef(k.oid),
                   k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'), quote_ident(k.conname),
                   n.nspname, c.relname, fn.nspname, f.relname, CASE WHEN cardinality(k.conkey) = 1 THEN a.attname END
            FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1)) <> (k.confrelid = ANY ($1))
            ORDER BY 3, 2
            """,
            r => new { Leaves = r.GetBoolean(0), Name = r.GetString(1), From = r.GetString(2), To = r.GetString(3), Definition = r.GetString(4), Acts = r.GetBoolean(5), Quoted = r.GetString(6),
                Declared = r.TextOrNull(11) is { } column && IsDeclared(x.Map, new QualifiedName(r.GetString(7), r.GetString(8)), column, new QualifiedName(r.GetString(9), r.GetString(10))) }, ct);
        foreach (var key in crossing.Where(k => k.Declared && k.Leaves))
        {
            x.Note("reference-declared", $"{Names.Short(key.From)}.{key.Name}", $"refers to {Names.Short(key.To)}, of another service: a plain indexed column on the target, as the map says",
                "the services carry its on_delete out from then on");
        }

        crossing.RemoveAll(k => k.Declared);
        foreach (var key in crossing)
        {
            var on = $"{Names.Short(key.From)}.{key.Name}";
            var drop = $"ALTER TABLE {key.From} DROP CONSTRAINT {key.Quoted}, once the application keeps the reference itself";
            if (key.Leaves)
                x.Blocker("foreign-key-out", on, $"refers to {Names.Short(key.To)}, which does not move: {key.Definition}", $"{drop}; or move {Names.Short(key.To)} too");
            else if (key.Acts)
                x.Blocker("cascade-in", on, $"acts on {Names.Short(key.From)} when {Names.Short(key.To)}, which moves, changes: {key.Definition}", $"{drop}; or move {Names.Short(key.From)} too");
            else
                x.Blocker("foreign-key-in", on, $"refers to {Names.Short(key.To)}, which moves, from a table that stays: {key.Definition}", $"{drop}; or move {Names.Short(key.From)} too");
        }

        // The other way round: deleting what stays would delete, or change, what moves. Told as well as the key itself, since the
        // application must then do it.
        foreach (var key in crossing.Where(k => k.Leaves && k.Acts))
        {
            x.Warning("cascade-out", $"{Names.Short(key.From)}.{key.Name}", $"a change of {Names.Short(key.To)} acts on {Names.Short(key.From)} today; no database does that across the cut",
                "let the application do it from then on");
        }
    }

    // Whichever of the two services is looked at, the one that refers has said what becomes of it.
    static bool IsDeclared(Map map, QualifiedName from, string column, QualifiedName to) =>
        map.Services.Any(s => s.Move.Shapes.TryGetValue(from, out var shape) && shape.Columns.Any(c => c.Name == column && c.References == to));
}
