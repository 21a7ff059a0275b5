using System.Globalization;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Extensions whose types, operators or functions the tables are made of are there on the target (PROTOCOL case 32).</summary>
static class Extensions
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        if (x.Target is null)
            return;
        var needed = await x.AskAsync(
            """
            WITH used(classid, objid) AS (
                -- Types of columns and their elements; operator classes of indexes; functions and types in defaults, checks and index expressions.
                SELECT 'pg_type'::regclass, a.atttypid FROM pg_attribute a WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
                UNION SELECT 'pg_type'::regclass, t.typelem FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
                UNION SELECT 'pg_type'::regclass, t.typbasetype FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
                UNION SELECT 'pg_opclass'::regclass, o.oid FROM pg_index i, LATERAL unnest(i.indclass::oid[]) AS o(oid) WHERE i.indrelid = ANY ($1)
                UNION SELECT d.refclassid, d.refobjid FROM pg_depend d
                    JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid WHERE ad.adrelid = ANY ($1)
                UNION SELECT d.refclassid, d.refobjid FROM pg_depend d
                    JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid WHERE k.conrelid = ANY ($1)
                UNION SELECT d.refclassid, d.refobjid FROM pg_depend d
                    JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid WHERE i.indrelid = ANY ($1))
            SELECT DISTINCT e.extname::text, e.extversion
            FROM used JOIN pg_depend d ON d.classid = used.classid AND d.objid = used.objid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
            JOIN pg_extension e ON e.oid = d.refobjid AND e.extname <> 'plpgsql'
            ORDER BY 1
            """,
            r => (Name: r.GetString(0), Version: r.GetString(1)), ct);
        var there = (await x.Target.QueryAsync("SELECT extname::text, extversion FROM pg_extension", r => (r.GetString(0), r.GetString(1)), ct)).ToDictionary(e => e.Item1, e => e.Item2, StringComparer.Ordinal);
        foreach (var (name, version) in needed)
        {
            if (!there.TryGetValue(name, out var has))
                x.Blocker("extension-missing", name, $"tables that move need this extension; the source has version {version}, the target none", $"CREATE EXTENSION {Sql.Name(name)} VERSION '{version}' on the target");
            else if (Compare(has, version) < 0)
                x.Blocker("extension-older", name, $"the source has version {version}, the target {has}", $"ALTER EXTENSION {Sql.Name(name)} UPDATE TO '{version}' on the target");
            else if (has != version)
                x.Warning("extension-newer", name, $"the source has version {version}, the target {has}", "see that the way back can take what the newer one writes, or update the source");
        }
    }

    internal static int Compare(string a, string b)
    {
        var (x, y) = (Parts(a), Parts(b));
        for (var i = 0; i < Math.Max(x.Length, y.Length); i++)
        {
            var order = x.ElementAtOrDefault(i).CompareTo(y.ElementAtOrDefault(i));
            if (order != 0)
                return order;
        }

        return 0;
    }

    static int[] Parts(string version) =>
        [.. version.Split('.', '-').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)];
}
