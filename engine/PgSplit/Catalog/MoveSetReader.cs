using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Catalog;

/// <summary>Follows pg_depend from the tables to all that they are made of, and finds the views that read nothing else.</summary>
static class MoveSetReader
{
    public static async Task<MoveSet> ReadAsync(NpgsqlConnection connection, IReadOnlyList<QualifiedName> named, CancellationToken ct)
    {
        var tables = await TableReader.ReadAsync(connection, named, ct);
        uint[] relations = [.. tables.Select(t => t.Oid), .. await ViewsAsync(connection, [.. tables.Select(t => t.Oid)], ct)];
        var needed = await NeededAsync(connection, relations, ct);
        var objects = Ordered(
            [.. needed.Where(n => n.Kind is not null && n.Extension is null)],
            await EdgesAsync(connection, [.. needed.Select(n => n.ClassId)], [.. needed.Select(n => n.Oid)], ct));
        return new MoveSet
        {
            Named = named,
            Tables = tables,
            Objects = objects,
            Schemas = [.. needed.Where(n => n.Kind is not null && n.Extension is null && n.Schema is not null).Select(n => n.Schema!).Distinct().Order(StringComparer.Ordinal)],
            Extensions = await ExtensionsAsync(connection, [.. needed.Where(n => n.Extension is not null).Select(n => n.Extension!).Distinct()], ct),
            Sequences = await SequencesAsync(connection, [.. objects.Where(o => o.Kind == ObjectKind.Sequence).Select(o => o.Oid)], [.. tables.Select(t => t.Oid)], ct),
            Foreign = [.. needed.Where(n => n.IsForeign && n.Extension is null).Select(n => $"{n.Type} {n.Identity}").Distinct().Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>Views, and views on them, all of whose sources are in the set.</summary>
    static async Task<IEnumerable<uint>> ViewsAsync(NpgsqlConnection connection, uint[] tables, CancellationToken ct)
    {
        var sources = (await connection.QueryAsync(
            """
            SELECT DISTINCT r.ev_class, d.refobjid
            FROM pg_rewrite r
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm') AND v.oid >= 16384
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
            JOIN pg_class s ON s.oid = d.refobjid AND s.relkind IN ('r', 'p', 'v', 'm', 'f')
            WHERE r.rulename = '_RETURN'
              AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = v.oid AND e.deptype = 'e')
            """,
            r => (View: r.GetFieldValue<uint>(0), Source: r.GetFieldValue<uint>(1)), ct)).ToLookup(s => s.View, s => s.Source);
        var inside = tables.ToHashSet();
        int before;
        do
        {
            before = inside.Count;
            inside.UnionWith(sources.Where(v => v.All(inside.Contains)).Select(v => v.Key).ToList());
        }
        while (inside.Count > before);
        return inside.Except(tables);
    }

    sealed record Needed(uint ClassId, uint Oid, ObjectKind? Kind, bool IsForeign, string Type, string Identity, string? Schema, string? Extension);

    /// <summary>Everything that the relations refer to, their own parts included: columns' types, defaults, constraints, indexes, triggers, policies, rules.</summary>
    static Task<List<Needed>> NeededAsync(NpgsqlConnection connection, uint[] relations, CancellationToken ct) => connection.QueryAsync(
        """
        WITH RECURSIVE need(classid, objid) AS (
            SELECT 'pg_class'::regclass::oid, r FROM unnest($1::oid[]) r
            UNION
            SELECT x.classid, x.objid
            FROM need n, LATERAL (
                SELECT 'pg_attrdef'::regclass::oid AS classid, oid AS objid FROM pg_attrdef WHERE n.classid = 'pg_class'::regclass AND adrelid = n.objid
                UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE n.classid = 'pg_class'::regclass AND conrelid = n.objid AND contype <> 'f'
                UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE n.classid = 'pg_type'::regclass AND contypid = n.objid
                UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE n.classid = 'pg_class'::regclass AND indrelid = n.objid
                UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE n.classid = 'pg_class'::regclass AND tgrelid = n.objid
                             AND NOT tgisinternal AND NOT starts_with(tgname, 'pgsplit_fence')
                UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE n.classid = 'pg_class'::regclass AND polrelid = n.objid
                UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE n.classid = 'pg_class'::regclass AND ev_class = n.objid
                UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE n.classid = 'pg_class'::regclass AND stxrelid = n.objid
                UNION ALL SELECT 'pg_class'::regclass, s.oid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                          WHERE n.classid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass
                            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = n.objid AND d.deptype IN ('a', 'i')
                UNION ALL SELECT 'pg_class'::regclass, t.typrelid FROM pg_type t WHERE n.classid = 'pg_type'::regclass AND t.oid = n.objid AND t.typtype = 'c'
                UNION ALL SELECT d.refclassid, d.refobjid FROM pg_depend d LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
                          WHERE d.classid = n.classid AND d.objid = n.objid
                            -- Tables and views are in the set because they are named or read nothing else, not because something refers to them.
                            AND (d.refclassid <> 'pg_class'::regclass OR c.relkind IN ('S', 'c'))
                ) x
            WHERE x.objid >= 16384
              -- What a table refers to ends at the border of the set.
              AND (n.classid <> 'pg_class'::regclass OR n.objid = ANY ($1)
                   OR EXISTS (SELECT FROM pg_class c WHERE c.oid = n.objid AND c.relkind NOT IN ('r', 'p', 'v', 'm', 'f'))))
        SELECT n.classid, n.objid, kind.k, o.type, o.identity, o.schema, e.extname,
               kind.k IS NULL AND (
                   n.classid IN ('pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_language'::regclass, 'pg_am'::regclass,
                                 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass, 'pg_ts_parser'::regclass, 'pg_cast'::regclass, 'pg_conversion'::regclass)
                   -- An opclass's own family, made with it, says nothing more.
                   OR n.classid = 'pg_proc'::regclass AND p.prokind IN ('a', 'w') OR n.classid = 'pg_type'::regclass AND t.typtype = 'b' AND t.typelem = 0
                   OR n.classid = 'pg_type'::regclass AND t.typtype = 'c' AND tc.relkind <> 'c' AND t.typrelid <> ALL ($1))
        FROM need n
        LEFT JOIN pg_class c ON n.classid = 'pg_class'::regclass AND c.oid = n.objid
        LEFT JOIN pg_type t ON n.classid = 'pg_type'::regclass AND t.oid = n.objid
        LEFT JOIN pg_class tc ON tc.oid = t.typrelid
        LEFT JOIN pg_proc p ON n.classid = 'pg_proc'::regclass AND p.oid = n.objid
        LEFT JOIN pg_depend m ON m.classid = n.classid AND m.objid = n.objid AND m.deptype = 'e' AND m.refclassid = 'pg_extension'::regclass
        LEFT JOIN pg_extension e ON e.oid = coalesce(m.refobjid, CASE WHEN n.classid = 'pg_extension'::regclass THEN n.objid END)
        CROSS JOIN LATERAL (SELECT CASE
            WHEN n.classid = 'pg_collation'::regclass THEN 'Collation'
            WHEN t.typtype = 'e' THEN 'Enum'
            WHEN t.typtype = 'd' THEN 'Domain'
            WHEN t.typtype = 'r' THEN 'Range'
            WHEN t.typtype = 'c' AND tc.relkind = 'c' THEN 'Composite'
            -- Constructors of ranges come with their type.
            WHEN p.prokind IN ('f', 'p') AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = n.classid AND i.objid = n.objid AND i.deptype = 'i') THEN 'Function'
            WHEN c.relkind = 'S' THEN 'Sequence'
            WHEN n.objid = ANY ($1) THEN CASE c.relkind WHEN 'v' THEN 'View' WHEN 'm' THEN 'MaterializedView' ELSE 'Table' END
            END AS k) kind
        CROSS JOIN LATERAL pg_identify_object(n.classid, n.objid, 0) o
        WHERE o.schema IS DISTINCT FROM 'pgsplit'
        """,
        r => new Needed(r.GetFieldValue<uint>(0), r.GetFieldValue<uint>(1), r.TextOrNull(2) is { } kind ? Enum.Parse<ObjectKind>(kind) : null,
            r.GetBoolean(7), r.GetString(3), r.GetString(4), r.TextOrNull(5) is { } schema ? Unquoted(schema) : null, r.TextOrNull(6)),
        ct, relations);

    /// <summary>Which object can't be made before which other. Parts count for their whole, unless they are added later: defaults, checks, indexes, triggers.</summary>
    static async Task<ILookup<uint, uint>> EdgesAsync(NpgsqlConnection connection, uint[] classes, uint[] oids, CancellationToken ct) => (await connection.QueryAsync(
        """
        WITH need AS (SELECT * FROM unnest($1::oid[], $2::oid[]) AS n(classid, objid)),
        whole AS (
            SELECT n.classid, n.objid, coalesce(
                CASE WHEN a.attgenerated <> '' THEN a.attrelid END, nullif(k.contypid, 0), CASE WHEN r.rulename = '_RETURN' THEN r.ev_class END,
                CASE WHEN c.relkind = 'c' THEN c.reltype END,
                -- A row type stands for its table, an array for what is in it, a multirange for its range.
                CASE WHEN tc.relkind <> 'c' THEN t.typrelid END, CASE WHEN t.typtype = 'b' THEN nullif(t.typelem, 0) END, g.rngtypid,
                CASE WHEN n.classid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_collation'::regclass) AND c.relkind IS DISTINCT FROM 'i'
                          AND c.relkind IS DISTINCT FROM 'I' THEN n.objid END) AS main
            FROM need n
            LEFT JOIN pg_attrdef d ON n.classid = 'pg_attrdef'::regclass AND d.oid = n.objid
            LEFT JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            LEFT JOIN pg_constraint k ON n.classid = 'pg_constraint'::regclass AND k.oid = n.objid
            LEFT JOIN pg_rewrite r ON n.classid = 'pg_rewrite'::regclass AND r.oid = n.objid
            LEFT JOIN pg_class c ON n.classid = 'pg_class'::regclass AND c.oid = n.objid
            LEFT JOIN pg_type t ON n.classid = 'pg_type'::regclass AND t.oid = n.objid
            LEFT JOIN pg_class tc ON tc.oid = t.typrelid
            LEFT JOIN pg_range g ON n.classid = 'pg_type'::regclass AND g.rngmultitypid = n.objid)
        SELECT DISTINCT w.main, coalesce(ref.main, d.refobjid)
        FROM whole w
        JOIN pg_depend d ON d.classid = w.classid AND d.objid = w.objid AND d.refobjid >= 16384
        LEFT JOIN whole ref ON ref.classid = d.refclassid AND ref.objid = d.refobjid
        LEFT JOIN pg_class s ON w.classid = 'pg_class'::regclass AND s.oid = w.objid
        -- A sequence is made before its owner; it is given to it afterwards.
        WHERE w.main IS NOT NULL AND w.main <> coalesce(ref.main, d.refobjid) AND s.relkind IS DISTINCT FROM 'S'
        """,
        r => (From: r.GetFieldValue<uint>(0), To: r.GetFieldValue<uint>(1)), ct, classes, oids)).ToLookup(e => e.From, e => e.To);

    /// <summary>Depth first, so that whatever is referred to comes before; else by kind and name, so that every run does the same.</summary>
    static List<SetObject> Ordered(IReadOnlyList<Needed> nodes, ILookup<uint, uint> edges)
    {
        // OIDs of different catalogs could be equal: the first of a kind is enough to order by, since a wrong edge only moves something ahead.
        var byOid = nodes.GroupBy(n => n.Oid).ToDictionary(g => g.Key, g => g.First());
        var done = new Dictionary<uint, bool>();
        var ordered = new List<SetObject>();

        bool Visit(Needed node)
        {
            if (done.TryGetValue(node.Oid, out var afterTables))
                return afterTables;
            done[node.Oid] = afterTables = node.Kind is ObjectKind.View or ObjectKind.MaterializedView;
            foreach (var next in edges[node.Oid].Where(byOid.ContainsKey).Select(o => byOid[o]).OrderBy(n => n.Kind).ThenBy(n => n.Identity, StringComparer.Ordinal))
                afterTables |= Visit(next);
            done[node.Oid] = afterTables;
            ordered.Add(new SetObject(node.Kind!.Value, node.Oid, node.Identity, afterTables));
            return afterTables;
        }

        foreach (var node in nodes.OrderBy(n => n.Kind).ThenBy(n => n.Identity, StringComparer.Ordinal))
            Visit(node);
        return ordered;
    }

    static Task<List<RequiredExtension>> ExtensionsAsync(NpgsqlConnection connection, string[] names, CancellationToken ct) => connection.QueryAsync(
        "SELECT e.extname, n.nspname, e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = ANY ($1) ORDER BY e.extname",
        r => new RequiredExtension(r.GetString(0), r.GetString(1), r.GetString(2)), ct, [names]);

    static Task<List<Sequence>> SequencesAsync(NpgsqlConnection connection, uint[] sequences, uint[] tables, CancellationToken ct) => connection.QueryAsync(
        """
        SELECT c.oid, n.nspname, c.relname, tn.nspname, t.relname, a.attname, coalesce(d.deptype = 'i', false), format_type(q.seqtypid, NULL),
               q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcache, q.seqcycle
        FROM pg_sequence q
        JOIN pg_class c ON c.oid = q.seqrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                             AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') AND d.refobjid = ANY ($2)
        LEFT JOIN pg_class t ON t.oid = d.refobjid
        LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE c.oid = ANY ($1)
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
        """,
        r => new Sequence
        {
            Oid = r.GetFieldValue<uint>(0),
            Name = new QualifiedName(r.GetString(1), r.GetString(2)),
            OwnerTable = r.IsDBNull(3) ? null : new QualifiedName(r.GetString(3), r.GetString(4)),
            OwnerColumn = r.TextOrNull(5),
            IsIdentity = r.GetBoolean(6),
            DataType = r.GetString(7),
            Start = r.GetInt64(8),
            Minimum = r.GetInt64(9),
            Maximum = r.GetInt64(10),
            Increment = r.GetInt64(11),
            Cache = r.GetInt64(12),
            Cycle = r.GetBoolean(13),
        }, ct, sequences, tables);

    // pg_identify_object quotes the schema where it has to be.
    static string Unquoted(string identifier) =>
        identifier.StartsWith('"') ? identifier[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : identifier;
}
