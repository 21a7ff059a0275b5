using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Rows that are not in the WAL can't be followed (PROTOCOL cases 37 and 38).</summary>
static class Storage
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var odd = await x.AskAsync(
            "SELECT c.oid::regclass::text, c.relpersistence::text, c.relkind::text FROM pg_class c WHERE c.oid = ANY ($1) AND (c.relpersistence <> 'p' OR c.relkind = 'f') ORDER BY 1",
            r => (Name: r.GetString(0), Persistence: r.GetString(1), Kind: r.GetString(2)), ct);
        foreach (var (name, persistence, kind) in odd)
        {
            if (kind == "f")
                x.Blocker("foreign-table", Names.Short(name), "this partition is a foreign table: its rows are elsewhere", $"detach it: ALTER TABLE … DETACH PARTITION {name}");
            else if (persistence == "u")
                x.Blocker("unlogged", Names.Short(name), "is unlogged: its changes are not in the WAL", $"ALTER TABLE {name} SET LOGGED, or take it out of the map");
            else
                x.Blocker("temporary", Names.Short(name), "is temporary", "take it out of the map");
        }

        var objects = await x.Source.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_largeobject_metadata)", ct);
        var columns = await x.AskAsync(
            """
            SELECT a.attrelid::regclass::text, a.attname, t.typname = 'lo'
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped AND (a.atttypid = 'oid'::regtype OR t.typname = 'lo')
            ORDER BY 1, a.attnum
            """,
            r => (Table: Names.Short(r.GetString(0)), Column: r.GetString(1), IsLo: r.GetBoolean(2)), ct);
        foreach (var (table, column, isLo) in columns)
        {
            if (isLo || objects)
                x.Blocker("large-object", $"{table}.{column}", "may name large objects, which are not in the stream", "put their content into a bytea column, or outside the database; if it names none, make it bigint");
            else
                x.Note("large-object", $"{table}.{column}", "is of type oid, but the database has no large objects");
        }
    }
}
