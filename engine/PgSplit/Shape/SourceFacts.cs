using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>A column that refers, by a foreign key of one column, to a table of the map.</summary>
/// <param name="IsInside">Of the same service: the foreign key is kept.</param>
sealed record Reference(QualifiedName Table, string Column, QualifiedName Of, bool IsInside);

/// <summary>What the source's catalog knows beyond <see cref="Table"/> that the shape depends on.</summary>
sealed class SourceFacts
{
    readonly Dictionary<QualifiedName, string[]> _primaryKeys = [];
    readonly Dictionary<QualifiedName, (string Column, string? Sequence)> _integerKeys = [];
    readonly HashSet<(QualifiedName, string)> _large = [], _defaults = [];

    /// <summary>References to keys that become UUIDs.</summary>
    public IReadOnlyList<Reference> References { get; private set; } = [];

    /// <summary>Tables that foreign keys connect, one by one, with one that changes its shape.</summary>
    public IReadOnlySet<QualifiedName> Neighbours { get; private set; } = new HashSet<QualifiedName>();

    public IReadOnlySet<QualifiedName> Inherits { get; private set; } = new HashSet<QualifiedName>();

    /// <summary>Columns by which a row is told: those of the stream's row identity, else the primary key's.</summary>
    public IReadOnlyList<string> KeyOf(Table table) => table.Key.Count > 0 ? table.Key : _primaryKeys.GetValueOrDefault(table.Name) ?? [];

    public string? KeyColumnOf(QualifiedName table) => _integerKeys.TryGetValue(table, out var key) ? key.Column : null;

    /// <summary>Where its numbers come from, ready for SQL.</summary>
    public string? SequenceOf(QualifiedName table) => _integerKeys.GetValueOrDefault(table).Sequence;

    /// <summary>A value of it may be stored apart, and is not sent by an update that leaves it.</summary>
    public bool CanBeLarge(Table table, string column) => _large.Contains((table.Name, column));

    public bool HasDefault(Table table, string column) => _defaults.Contains((table.Name, column));

    public static async Task<SourceFacts> ReadAsync(NpgsqlConnection source, MoveDefinition definition, IReadOnlyList<Table> tables, CancellationToken ct)
    {
        var facts = new SourceFacts();
        var oids = tables.Select(t => t.Oid).ToArray();
        foreach (var (name, columns) in await source.QueryAsync(
            """
            SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY k.n)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indisprimary AND i.indrelid = ANY ($1) AND k.n <= i.indnkeyatts GROUP BY 1, 2
            """, r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<string[]>(2)), ct, oids))
        {
            facts._primaryKeys[name] = columns;
        }

        // Of other services' tables too: what refers to them takes numbers of their sequences.
        foreach (var (name, column, sequence) in await source.QueryAsync(
            """
            SELECT m.schema, m.name, a.attname, coalesce(
                (SELECT d.objid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i') LIMIT 1),
                (SELECT u.refobjid::regclass::text FROM pg_attrdef f JOIN pg_depend u ON u.classid = 'pg_attrdef'::regclass AND u.objid = f.oid AND u.refclassid = 'pg_class'::regclass
                 JOIN pg_class s ON s.oid = u.refobjid AND s.relkind = 'S' WHERE f.adrelid = c.oid AND f.adnum = a.attnum LIMIT 1))
            FROM unnest($1::text[], $2::text[]) m(schema, name)
            JOIN pg_namespace n ON n.nspname = m.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.name
            JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.atttypid IN (20, 21, 23)
            """, r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2), r.TextOrNull(3)), ct,
            definition.UuidTables.Select(t => t.Schema).ToArray(), definition.UuidTables.Select(t => t.Name).ToArray()))
        {
            facts._integerKeys[name] = (column, sequence);
        }

        foreach (var (name, column, isLarge, hasDefault) in await source.QueryAsync(
            """
            SELECT n.nspname, c.relname, a.attname, a.attstorage <> 'p', a.atthasdef OR a.attidentity <> ''
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
            """, r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2), r.GetBoolean(3), r.GetBoolean(4)), ct, oids))
        {
            if (isLarge)
                facts._large.Add((name, column));
            if (hasDefault)
                facts._defaults.Add((name, column));
        }

        facts.Inherits = (await source.QueryAsync(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1) AND EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent))",
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, oids)).ToHashSet();
        await facts.ReadReferencesAsync(source, definition, oids, ct);
        return facts;
    }

    async Task ReadReferencesAsync(NpgsqlConnection source, MoveDefinition definition, uint[] oids, CancellationToken ct)
    {
        var keys = await source.QueryAsync(
            """
            SELECT n.nspname, c.relname, fn.nspname, f.relname, a.attname, k.confrelid = ANY ($1), cardinality(k.conkey), b.attname
            FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
            WHERE k.contype = 'f' AND k.conrelid = ANY ($1) AND k.conparentid = 0
            """,
            r => (Table: new QualifiedName(r.GetString(0), r.GetString(1)), Of: new QualifiedName(r.GetString(2), r.GetString(3)), Column: r.GetString(4), IsInside: r.GetBoolean(5), Columns: r.GetInt32(6), OfColumn: r.GetString(7)), ct, oids);
        References =
        [
            .. keys.Where(k => k.Columns == 1 && definition.UuidTables.Contains(k.Of) && KeyColumnOf(k.Of) == k.OfColumn).Select(k => new Reference(k.Table, k.Column, k.Of, k.IsInside)),
            .. definition.Shapes.SelectMany(s => s.Value.Columns.Where(c => c.References is { } of && definition.UuidTables.Contains(of))
                .Where(c => !keys.Exists(k => k.Table == s.Key && k.Column == c.Name)).Select(c => new Reference(s.Key, c.Name, c.References!.Value, definition.Tables.Contains(c.References!.Value)))),
        ];
        // Theirs too, to the end: who makes a foreign key has to know both of its tables.
        var connected = definition.Shapes.Keys.ToHashSet();
        while (keys.Exists(k => k.IsInside && connected.Contains(k.Table) != connected.Contains(k.Of)))
            connected.UnionWith(keys.Where(k => k.IsInside && (connected.Contains(k.Table) || connected.Contains(k.Of))).SelectMany(k => new[] { k.Table, k.Of }).ToList());
        Neighbours = connected;
    }
}
