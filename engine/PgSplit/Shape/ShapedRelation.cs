using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// Where the rows of a table with another shape on the receiving side go: the stream's values become the sending side's row <c>s</c> again,
/// on the receiving side, and the very expressions of the copy are evaluated over it (PROTOCOL 1.12, Columns).
/// </summary>
/// <remarks>
/// With a condition, a row may turn from refused to accepted and back: a changed row is deleted or written, whichever it comes to,
/// whatever it was before, and the list of refused rows follows in the same statement.
/// </remarks>
sealed class ShapedRelation : RelationMap
{
    readonly Projection _projection;
    readonly string _moveId, _to;
    readonly bool _back;

    ShapedRelation(Projection projection, string moveId, bool back, IReadOnlyList<Column> columns)
        : base(projection.Receiving, projection.SendingKey, columns)
    {
        (_projection, _moveId, _back) = (projection, moveId, back);
        _to = $"ONLY {Receiving.Name.Sql}";
        Insert = InsertSql();
        Copy = null;
        Delete = DeleteSql();
        Resolved = back
            ? [.. projection.Shape.Columns.Where(c => c.Kind == ColumnKind.Key).Select(c => (columns.ToList().FindIndex(x => x.Name == c.Name), c)).Where(c => c.Item1 >= 0)]
            : [];
    }

    public ShapedTable Shape => _projection.Shape;

    /// <summary>The table as the sending side has it.</summary>
    public Table Sending => _projection.Sending;

    /// <summary>What it is carried back by; null on the way forward.</summary>
    public Projection? Back => _back ? _projection : null;

    /// <summary>Columns of the stream whose UUIDs become numbers before anything is written: on the way back.</summary>
    public IReadOnlyList<(int Column, ShapedColumn Shape)> Resolved { get; }

    public override bool IsExact => _projection.Where is null;

    public override bool OldIsWhole => _back ? _projection.Shape.ToNeedsFull : _projection.Shape.FromNeedsFull;

    public override string? AfterTruncate =>
        _projection.Where is null ? null : $"DELETE FROM pgsplit.refused WHERE (move_id, schema, name) = ({Mine})";

    public override QualifiedName RememberedAs => _projection.Shape.From;

    public override string RememberedKey(int column, string text) => !_back && KindOf(Columns[Key[column]].Name) is { Kind: ColumnKind.Key } key
        ? UuidKey.Sql(key.Of!.Value, text) + "::text"
        : text;

    public static ShapedRelation Match(
        Projection projection, string moveId, bool back, IReadOnlyList<(string Name, uint Type)>? streamed, Func<NpgsqlLogSequenceNumber?>? copiedAt, Func<bool> remembersKeys)
    {
        var expected = projection.Sending.Columns.Where(c => !c.IsGenerated).ToList();
        if (streamed is not null)
            EnsureSame(projection.Sending.Name, streamed, [.. expected.Select(c => (c.Name, c.TypeOid))]);
        var keys = projection.Shape.Columns.Where(c => back && c.Kind == ColumnKind.Key).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        // Its numbers are what is written; an identity is the receiving side's own matter.
        return new ShapedRelation(projection, moveId, back, [.. expected.Select(c => keys.Contains(c.Name) ? AsNumber(c) : c with { Identity = null })]) { CopiedAt = copiedAt, RemembersKeys = remembersKeys };
    }

    /// <summary>What is wrong where one row can't be written, for people.</summary>
    public string Explain(string key, PostgresException e) => e.SqlState[..2] switch
    {
        "22" => $"an expression of the map fails on the row of {_projection.Sending} with key ({key}): {e.MessageText}. Mend the row there; `pgsplit resume` goes on if it meets both changes together, else `pgsplit cancel` and begin again",
        "23" => $"the row of {_projection.Sending} with key ({key}) can't be written to {Receiving.Name}: {e.MessageText}{(e.Detail is null ? "" : $" ({e.Detail})")}. Mend the row there; `pgsplit resume` goes on if it meets both changes together, else `pgsplit cancel` and begin again",
        _ => $"the row of {_projection.Sending} with key ({key}) can't be written to {Receiving.Name}: {e.MessageText}",
    };

    public override string? Update(IReadOnlyList<int> set)
    {
        var row = RowOf(Key.Select((c, n) => (c, $"k{n}")).Concat(set.Where(i => !Key.Contains(i)).Select(i => (i, $"c{i}"))), Key.Concat(set));
        if (_projection.Where is not null)
            return Upsert(row, set);
        var at = Key.Concat(set).Select(i => Columns[i].Name).ToHashSet(StringComparer.Ordinal);
        var written = _projection.Columns.Where(c => (c.Source is null || at.Contains(c.Source)) && !_projection.Key.Contains(c)).ToList();
        // An identity column takes no value in an UPDATE: a row whose number is another one is not met, and made anew.
        var settable = written.Where(c => c.Column.Identity != 'a').DefaultIfEmpty(_projection.Key.FirstOrDefault(k => k.Column.Identity != 'a')).OfType<ProjectedColumn>().ToList();
        if (settable.Count == 0)
            return null;
        var fixedOnes = written.Where(c => c.Column.Identity == 'a');
        return $"""
            UPDATE {_to} AS t SET {string.Join(", ", settable.Select(c => $"{c.Column.Sql} = x.{c.Column.Sql}"))}
            FROM (SELECT {string.Join(", ", _projection.Key.Concat(written).Distinct().Select(c => $"{c.Sql} AS {c.Column.Sql}"))} FROM {row}) AS x
            WHERE {string.Join(" AND ", _projection.Key.Concat(fixedOnes).Select(c => $"t.{c.Column.Sql} = x.{c.Column.Sql}"))}
            """;
    }

    /// <summary>One change by itself, whatever it changes: the row is made anew.</summary>
    public (string Sql, List<NpgsqlParameter> Parameters)? One(Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Insert:
                return (Insert, Parameters(change, change.New, Enumerable.Range(0, Columns.Count)));
            case ChangeKind.Delete:
                return (Delete, Parameters(change, change.Old, Key));
        }

        var old = change.Old.Length > 0 ? change.Old : change.New;
        var now = OldIsWhole && change.Old.Length > 0 ? change.New.Select((v, i) => v.IsUnchanged ? change.Old[i] : v).ToArray() : change.New;
        var sent = Enumerable.Range(0, Columns.Count).Where(i => !now[i].IsUnchanged).ToList();
        var parameters = Parameters(change, old, Key);
        parameters.AddRange(Parameters(change, now, sent));
        return (Recreate([], sent), parameters);
    }

    /// <summary>Parameters: the old key, then the columns that were sent.</summary>
    public override string Recreate(IReadOnlyList<bool> oldIsNull, IReadOnlyList<int> set)
    {
        var old = $"(SELECT {string.Join(", ", Key.Select((c, n) => $"{ReadOne(c, n + 1)} AS {Columns[c].Sql}"))}) AS s";
        var row = $"(SELECT {string.Join(", ", set.Select((c, n) => $"{ReadOne(c, Key.Length + n + 1)} AS {Columns[c].Sql}"))}) AS s";
        var gone = $"gone AS (DELETE FROM {_to} AS t USING (SELECT {string.Join(", ", _projection.Key.Select(c => $"{c.Sql} AS {c.Column.Sql}"))} FROM {old}) AS x WHERE {Met("t", "x")} RETURNING t.*)";
        var at = set.Select(i => Columns[i].Name).ToHashSet(StringComparer.Ordinal);
        var kept = Receiving.Columns.Where(c => !c.IsGenerated && _projection.Columns.All(p => p.Column.Name != c.Name)).ToList();
        var sent = _projection.Columns.Where(c => c.Source is null || at.Contains(c.Source)).ToList();
        // An expression of the map names columns of s alone: the old row stands beside what was made of it.
        var made = $"(SELECT {string.Join(", ", sent.Select(c => $"{c.Sql} AS {c.Column.Sql}"))} FROM {row}{(_projection.Where is null ? "" : $" WHERE ({_projection.Where})")}) AS x";
        var values = _projection.Columns.Select(c => $"{(sent.Contains(c) ? "x" : "g")}.{c.Column.Sql}").Concat(kept.Select(c => $"g.{c.Sql}"));
        var into = $"INSERT INTO {Receiving.Name.Sql} ({string.Join(", ", _projection.Columns.Select(c => c.Column).Concat(kept).Select(c => c.Sql))}) OVERRIDING SYSTEM VALUE SELECT {string.Join(", ", values)} FROM";
        if (_projection.Where is null)
            return $"WITH {gone} {into} {made}, gone AS g";
        EnsureWhole(set.Count);
        // What stays refused under its key stays listed.
        var relisted = $"EXISTS (SELECT FROM (SELECT {KeyArray} AS key FROM {row} WHERE ({_projection.Where}) IS NOT TRUE) y WHERE y.key = {KeyArray})";
        return $"WITH {gone}, {Unlisted($"{old} WHERE NOT {relisted}")}, {Listed(row)} {into} {made} WHERE {GoneFirst}";
    }

    string InsertSql()
    {
        var row = RowOf(Enumerable.Range(0, Columns.Count).Select(i => (i, $"c{i}")), Enumerable.Range(0, Columns.Count));
        var insert = $"INSERT INTO {Receiving.Name.Sql} ({WrittenColumns}) OVERRIDING SYSTEM VALUE SELECT {_projection.Select} FROM {row}";
        return _projection.Where is null ? insert : $"WITH {Listed(row)} {insert} WHERE ({_projection.Where})";
    }

    string DeleteSql()
    {
        var row = RowOf(Key.Select((c, n) => (c, $"k{n}")), Key);
        var delete = $"DELETE FROM {_to} AS t USING (SELECT {string.Join(", ", _projection.Key.Select(c => $"{c.Sql} AS {c.Column.Sql}"))} FROM {row}) AS x WHERE {Met("t", "x")}";
        return _projection.Where is null ? delete : $"WITH {Unlisted(row)} {delete}";
    }

    // All columns are there: of a table with a condition, old rows come whole wherever a value might not be sent.
    string Upsert(string row, IReadOnlyList<int> set)
    {
        EnsureWhole(Key.Concat(set).Distinct().Count());
        var settable = _projection.Columns.Where(c => !_projection.Key.Contains(c) && c.Column.Identity != 'a').DefaultIfEmpty(_projection.Key[0]);
        return $"""
            WITH {Unlisted($"{row} WHERE ({_projection.Where})")}, {Listed(row)},
            gone AS (DELETE FROM {_to} AS t USING (SELECT {string.Join(", ", _projection.Key.Select(c => $"{c.Sql} AS {c.Column.Sql}"))} FROM {row} WHERE ({_projection.Where}) IS NOT TRUE) AS x WHERE {Met("t", "x")} RETURNING 1)
            INSERT INTO {Receiving.Name.Sql} ({WrittenColumns}) OVERRIDING SYSTEM VALUE SELECT {_projection.Select} FROM {row} WHERE ({_projection.Where}) AND {GoneFirst}
            ON CONFLICT ({string.Join(", ", _projection.Key.Select(c => c.Column.Sql))}) DO UPDATE SET {string.Join(", ", settable.Select(c => $"{c.Column.Sql} = excluded.{c.Column.Sql}"))}
            """;
    }

    void EnsureWhole(int columns)
    {
        if (columns < Columns.Count)
            throw new BrokenException($"an update of {_projection.Sending} came without all of its row, though REPLICA IDENTITY FULL was set: somebody has changed it. Set it again, then verify and repair");
    }

    string Listed(string row) =>
        $"""
        listed AS (INSERT INTO pgsplit.refused (move_id, schema, name, key, reason)
            SELECT {Mine}, {KeyArray}, {_projection.Reason} FROM {row} WHERE ({_projection.Where}) IS NOT TRUE
            ON CONFLICT (move_id, schema, name, key) DO UPDATE SET reason = excluded.reason)
        """;

    string Unlisted(string row) =>
        $"unlisted AS (DELETE FROM pgsplit.refused AS r USING (SELECT {KeyArray} AS key FROM {row}) AS x WHERE (r.move_id, r.schema, r.name) = ({Mine}) AND r.key = x.key)";

    // What nobody reads is done last (manual 7.8.4): a row that goes must not stand in the way of one that comes with its unique value.
    const string GoneFirst = "(SELECT count(*) FROM gone) >= 0";

    string Mine => $"{Pg.Sql.Text(_moveId)}, {Pg.Sql.Text(_projection.Shape.From.Schema)}, {Pg.Sql.Text(_projection.Shape.From.Name)}";

    string KeyArray => $"ARRAY[{string.Join(", ", Key.Select(i => Verify.RowShape.Text(Columns[i], "s.")))}]::text[]";

    string WrittenColumns => string.Join(", ", _projection.Columns.Select(c => c.Column.Sql));

    string Met(string table, string row) => string.Join(" AND ", _projection.Key.Select(c => $"{table}.{c.Column.Sql} = {row}.{c.Column.Sql}"));

    /// <summary>The sending side's rows, out of one array per column, in the order of the parameters.</summary>
    string RowOf(IEnumerable<(int Column, string Alias)> columns, IEnumerable<int> parameters)
    {
        var read = columns.ToList();
        var given = parameters.Select((c, n) => (Column: c, Alias: n < Key.Length && read.Exists(r => r.Alias == $"k{n}" && r.Column == c) ? $"k{n}" : $"c{c}")).ToList();
        return $"(SELECT {string.Join(", ", read.Select(r => $"{Read(r.Column, r.Alias)} AS {Columns[r.Column].Sql}"))} FROM {Unnest(given)}) AS s";
    }

    ShapedColumn? KindOf(string source) => _projection.Shape.Columns.FirstOrDefault(c => c.From == source);

    static List<NpgsqlParameter> Parameters(Change change, Slice[] row, IEnumerable<int> columns) => [.. columns.Select(i => ColumnArray.Of(change, row[i]))];

    static Column AsNumber(Column column) => column with { Type = "bigint", TypeOid = 20, ArrayType = "bigint[]", TypeCategory = 'N', TypeKind = 'b', Delimiter = ',', BinarySafe = true, Identity = null };
}
