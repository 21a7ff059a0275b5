using PgSplit.Catalog;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>The names of the map are tables that can be moved.</summary>
static class NamedTables
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var there = x.Tables.ToDictionary(t => t.Name);
        var missing = x.Move.Tables.Where(t => !there.ContainsKey(t)).ToList();
        if (missing.Count > 0)
            await TellMissingAsync(x, missing, ct);

        foreach (var table in x.Move.Tables.Where(there.ContainsKey).Select(t => there[t]).Where(t => t.Root != t.Name && !x.Move.Tables.Contains(t.Root)))
        {
            x.Blocker("partition-alone", $"{table.Name} ({x.LineOf(table.Name)})", $"is a partition of {table.Root}, which does not move",
                $"name {TableName.Write(table.Root)} in its place: partitions follow their root");
        }

        foreach (var table in x.Move.Tables.Where(t => t.Schema is "pgsplit" or "pg_catalog" or "information_schema"))
            x.Blocker("system-table", $"{table} ({x.LineOf(table)})", "belongs to PostgreSQL or to pgsplit", "take it out of the map");

        foreach (var (table, extension) in await x.AskAsync(
            """
            SELECT d.objid::regclass::text, e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = ANY ($1) AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
            """,
            r => (r.GetString(0), r.GetString(1)), ct))
        {
            x.Blocker("extension-table", Names.Short(table), $"belongs to the extension {extension}", "take it out of the map, and create the extension on the target");
        }
    }

    static async Task TellMissingAsync(Examination x, List<QualifiedName> missing, CancellationToken ct)
    {
        var kinds = (await x.Source.QueryAsync(
            """
            SELECT n.nspname, c.relname, c.relkind::text
            FROM unnest($1::text[], $2::text[]) AS m(schema, name)
            JOIN pg_namespace n ON n.nspname = m.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.name
            """,
            r => (Name: new QualifiedName(r.GetString(0), r.GetString(1)), Kind: r.GetString(2)), ct,
            missing.Select(m => m.Schema).ToArray(), missing.Select(m => m.Name).ToArray())).ToDictionary(k => k.Name, k => k.Kind);
        var known = (await UserTables.ReadAsync(x.Source, ct)).Select(t => TableName.Write(t.Name)).ToList();
        foreach (var table in missing)
        {
            var on = $"{table} ({x.LineOf(table)})";
            switch (kinds.GetValueOrDefault(table))
            {
                case "f":
                    x.Blocker("foreign-table", on, "is a foreign table: its rows are elsewhere", "take it out of the map; define it on the target by hand if it is wanted there");
                    break;
                case "v" or "m":
                    x.Blocker("not-a-table", on, "is a view, not a table", "take it out of the map: views follow the tables they read");
                    break;
                case { }:
                    x.Blocker("not-a-table", on, "is no table", "take it out of the map");
                    break;
                default:
                    var near = MapKeys.Nearest(TableName.Write(table), known);
                    x.Blocker("table-unknown", on, "the source has no such table", near is null ? "correct the name, or take it out of the map" : $"did you mean {near}?");
                    break;
            }
        }
    }
}
