using System.Globalization;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// A table of the stream and where its rows go: columns in the order in which the stream sends them, matched with the receiving
/// table's by name, and the statements that write many rows at once.
/// </summary>
/// <remarks>
/// Rows travel as arrays of the columns' texts, one parameter per column, so that a statement is the same for one row and for a
/// thousand. Each text is read by the type's own input function: the array's where the array can hold the type (no array of
/// arrays), else by a cast of the element.
/// </remarks>
class RelationMap
{
    readonly string _from;
    readonly int[]? _taken;

    protected RelationMap(Table receiving, IReadOnlyList<string> key, IReadOnlyList<Column> columns, int[]? taken = null)
    {
        _taken = taken;
        Receiving = receiving;
        Columns = columns;
        Key = [.. key.Select(k => columns.ToList().FindIndex(c => c.Name == k))];
        _from = (receiving.Kind == TableKind.Ordinary ? "ONLY " : "") + receiving.Name.Sql;
        Insert = InsertSql();
        Copy = columns.Count == 0 ? null : $"COPY {receiving.Name.Sql} ({string.Join(", ", columns.Select(c => c.Sql))}) FROM STDIN";
        Delete = DeleteSql();
    }

    public Table Receiving { get; }

    /// <summary>In the stream's order, as the receiving table has them.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Positions of the key's columns within <see cref="Columns"/>; empty for a table whose rows are told by all of them.</summary>
    public int[] Key { get; }

    /// <summary>One parameter per column; rows of no columns are counted by the one parameter.</summary>
    public string Insert { get; protected init; }

    /// <summary>Inserts many rows faster than <see cref="Insert"/>: the server takes them as they come, with no array to build. Null where rows are not inserted as they were sent.</summary>
    public string? Copy { get; protected init; }

    /// <summary>One parameter per key column.</summary>
    public string Delete { get; protected init; }

    /// <summary>Each statement writes as many rows as it is given; false where some may stay behind, or be gone already.</summary>
    public virtual bool IsExact => true;

    /// <summary>An old row comes with all its columns, so that a value that was not sent again is there.</summary>
    public virtual bool OldIsWhole => false;

    /// <summary>What a truncate brings with it on the receiving side; null for nothing.</summary>
    public virtual string? AfterTruncate => null;

    /// <summary>By what name the written keys of the table are remembered, and the text of a key's column there, given the parameter with the stream's.</summary>
    public virtual QualifiedName RememberedAs => Receiving.Name;

    public virtual string RememberedKey(int column, string text) => text;

    /// <summary>Changes committed before this are part of the copy; null for a table that is not copied yet. Ours to skip.</summary>
    public Func<NpgsqlTypes.NpgsqlLogSequenceNumber?>? CopiedAt { get; init; }

    /// <summary>Whether written keys are to be remembered for verification (PROTOCOL 1.7, V2).</summary>
    public Func<bool> RemembersKeys { get; init; } = () => false;

    /// <exception cref="BrokenException">The stream's table is not the one that was prepared (PROTOCOL case 56).</exception>
    public static RelationMap Match(
        QualifiedName name, IReadOnlyList<(string Name, uint Type)>? streamed, Table sending, Table receiving,
        Func<NpgsqlTypes.NpgsqlLogSequenceNumber?>? copiedAt, Func<bool> remembersKeys)
    {
        var expected = sending.Columns.Where(c => !c.IsGenerated).Select(c => (c.Name, c.TypeOid)).ToList();
        streamed ??= expected;
        int[]? taken = null;
        // PostgreSQL 18 sends stored generated columns too, where a row identity of all columns obliges us to publish them.
        if (streamed.Count > expected.Count && sending.Columns.Where(c => !c.IsVirtual).Select(c => (c.Name, c.TypeOid)).SequenceEqual(streamed))
        {
            taken = [.. Enumerable.Range(0, streamed.Count).Where(i => expected.Contains(streamed[i]))];
            streamed = expected;
        }

        EnsureSame(name, streamed, expected);
        // The sender's row identity decides what comes as a key.
        return new RelationMap(receiving, sending.Key, [.. streamed.Select(s => receiving.Columns.Single(c => c.Name == s.Name))], taken) { CopiedAt = copiedAt, RemembersKeys = remembersKeys };
    }

    /// <exception cref="BrokenException">It sends other columns than were prepared.</exception>
    protected static void EnsureSame(QualifiedName name, IReadOnlyList<(string Name, uint Type)> streamed, IReadOnlyList<(string Name, uint Type)> expected)
    {
        if (!streamed.SequenceEqual(expected))
        {
            throw new BrokenException(
                $"the columns of {name} have changed under the move: it sends ({string.Join(", ", streamed.Select(s => s.Name))}), prepared were ({string.Join(", ", expected.Select(e => e.Name))})");
        }
    }

    /// <summary>The values of <see cref="Columns"/> among those that the stream sent: what the receiving side generates itself is left out.</summary>
    public Slice[] Written(Slice[] row) => _taken is null || row.Length == 0 ? row : [.. _taken.Select(i => row[i])];

    /// <summary>Sets these columns of rows found by their key: the key's parameters first, then the columns'. Null where there is nothing that can be set.</summary>
    public virtual string? Update(IReadOnlyList<int> set)
    {
        // An identity column that is ALWAYS generated takes no value in an UPDATE (PROTOCOL case 35). A row whose number is another one,
        // by SET … = DEFAULT, is not met, so that it goes one by one and is made anew.
        var written = set.Where(i => Columns[i].Identity != 'a').ToList();
        if (written.Count == 0)
            return null;
        var sources = Key.Select((c, n) => (Column: c, Alias: $"k{n}")).Concat(set.Select(c => (Column: c, Alias: $"c{c}"))).ToList();
        return $"""
            UPDATE {_from} AS t SET {string.Join(", ", written.Select(i => $"{Columns[i].Sql} = {Read(i, $"c{i}")}"))}
            FROM {Unnest(sources)}
            WHERE {string.Join(" AND ", Key.Select((c, n) => $"t.{Columns[c].Sql} = {Read(c, $"k{n}")}")
                .Concat(set.Where(i => Columns[i].Identity == 'a' && !Key.Contains(i)).Select(i => $"t.{Columns[i].Sql} = {Read(i, $"c{i}")}")))}
            """;
    }

    /// <summary>
    /// Deletes the row and inserts it with its new values, those that were not sent taken from the old one: for identity columns, which
    /// no UPDATE can set. Parameters as of <see cref="Update"/>, or of <see cref="UpdateOne"/> where the table has no key.
    /// </summary>
    public virtual string Recreate(IReadOnlyList<bool> oldIsNull, IReadOnlyList<int> set)
    {
        var first = Key.Length > 0 ? Key.Length : oldIsNull.Count;
        var found = Key.Length > 0 ? string.Join(" AND ", Key.Select((c, n) => $"t.{Columns[c].Sql} = {ReadOne(c, n + 1)}")) : TheOne(oldIsNull);
        var values = Enumerable.Range(0, Columns.Count).Select(i => set.ToList().IndexOf(i) is var n && n >= 0 ? ReadOne(i, first + n + 1) : $"g.{Columns[i].Sql}");
        return $"""
            WITH g AS (DELETE FROM {_from} AS t WHERE {found} RETURNING t.*)
            INSERT INTO {Receiving.Name.Sql} ({string.Join(", ", Columns.Select(c => c.Sql))}) OVERRIDING SYSTEM VALUE SELECT {string.Join(", ", values)} FROM g
            """;
    }

    /// <summary>As <see cref="Update"/>, for the one row that has just these values in all its columns (REPLICA IDENTITY FULL, PROTOCOL case 49): the whole old row's parameters, then the columns'.</summary>
    public string UpdateOne(IReadOnlyList<bool> oldIsNull, IReadOnlyList<int> set)
    {
        var assignments = set.Select((column, n) => (Column: column, Parameter: oldIsNull.Count + n + 1)).Where(a => Columns[a.Column].Identity != 'a')
            .Select(a => $"{Columns[a.Column].Sql} = {ReadOne(a.Column, a.Parameter)}");
        return $"UPDATE {_from} AS t SET {string.Join(", ", assignments)} WHERE {TheOne(oldIsNull)}";
    }

    public string DeleteOne(IReadOnlyList<bool> oldIsNull) => $"DELETE FROM {_from} AS t WHERE {TheOne(oldIsNull)}";

    /// <summary>The texts of a key, null where a column is null.</summary>
    public string?[] KeyTexts(Change change, Slice[] row) =>
        [.. (Key.Length > 0 ? Key : [.. Enumerable.Range(0, Columns.Count)]).Select(i => row[i].Length < 0 ? null : System.Text.Encoding.UTF8.GetString(change.Of(row[i])))];

    string InsertSql()
    {
        if (Columns.Count == 0)
            return $"INSERT INTO {Receiving.Name.Sql} SELECT FROM generate_series(1, $1::text::int)";
        var all = Enumerable.Range(0, Columns.Count).Select(i => (Column: i, Alias: $"c{i}")).ToList();
        return $"""
            INSERT INTO {Receiving.Name.Sql} ({string.Join(", ", Columns.Select(c => c.Sql))}) OVERRIDING SYSTEM VALUE
            SELECT {string.Join(", ", all.Select(a => Read(a.Column, a.Alias)))} FROM {Unnest(all)}
            """;
    }

    string DeleteSql()
    {
        var keys = Key.Select((c, n) => (Column: c, Alias: $"k{n}")).ToList();
        return keys.Count == 0 ? "" : $"""
            DELETE FROM {_from} AS t USING {Unnest(keys)}
            WHERE {string.Join(" AND ", keys.Select(k => $"t.{Columns[k.Column].Sql} = {Read(k.Column, k.Alias)}"))}
            """;
    }

    protected string Unnest(List<(int Column, string Alias)> sources) =>
        $"unnest({string.Join(", ", sources.Select((s, n) => $"(${(n + 1).ToString(CultureInfo.InvariantCulture)}::text)::{ArrayOf(s.Column)}"))}) AS v({string.Join(", ", sources.Select(s => s.Alias))})";

    string ArrayOf(int column) => Fits(Columns[column]) ? Columns[column].ArrayType! : "text[]";

    protected string Read(int column, string alias) => Fits(Columns[column]) ? $"v.{alias}" : $"(v.{alias})::{Columns[column].Type}";

    // Of one row, where there is nothing to unnest.
    protected string ReadOne(int column, int parameter) => $"((${parameter}::text)::{ArrayOf(column)})[1]{(Fits(Columns[column]) ? "" : "::" + Columns[column].Type)}";

    // An array of arrays is one array with more dimensions, which unnest would flatten; a composite it would take apart into columns.
    static bool Fits(Column column) => column is { ArrayType: not null, Delimiter: ',', TypeCategory: not ('A' or 'C') };

    // Among rows that are alike, any one. Compared by what the server prints, which every type has and equality operators hide (1.0 and 1.00).
    string TheOne(IReadOnlyList<bool> oldIsNull)
    {
        var alike = Columns.Select((c, i) => oldIsNull[i] ? $"o.{c.Sql} IS NULL" : $"format('%s', o.{c.Sql}) = ((${i + 1}::text)::text[])[1]").DefaultIfEmpty("true");
        return $"(t.ctid, t.tableoid) = (SELECT o.ctid, o.tableoid FROM {_from} AS o WHERE {string.Join(" AND ", alike)} LIMIT 1)";
    }
}
