using Npgsql;

namespace PgSplit.Follow;

/// <summary>
/// What a run of changes comes to for one table: for each key at most one delete, one update and one insert, written by one statement
/// per kind, deletes first. The end is the same as that of the changes one by one, unless a unique value moves from row to row
/// on the way: then the server refuses, and the caller writes them one by one instead.
/// </summary>
sealed class TableBatch(RelationMap relation)
{
    readonly Dictionary<RowKey, Net> _rows = [];

    /// <summary>The changes contradict each other (an insert of what is there): to be written one by one, which says which one it is.</summary>
    public bool Contradicts { get; private set; }

    /// <summary>False where the change can't be part of a set: it changes the key, or its row is told by all its columns.</summary>
    public static bool Takes(Change change) =>
        change.Kind == ChangeKind.Insert || change.Relation!.Key.Length > 0 && (change.Kind == ChangeKind.Delete || change.Old.Length == 0 || !KeyDiffers(change));

    public void Add(Change change)
    {
        var row = change.Old.Length > 0 ? change.Old : change.New;
        var key = relation.Key.Length == 0 ? new RowKey(_rows.Count) : RowKey.Of(change, row, relation.Key);
        var was = _rows.GetValueOrDefault(key);
        switch (change.Kind)
        {
            case ChangeKind.Insert when was is null:
                _rows[key] = new Net { Insert = Whole(change) };
                break;
            case ChangeKind.Insert when was is { Delete: not null, Insert: null, Update: null }:
                was.Insert = Whole(change);
                break;
            case ChangeKind.Update when was is null:
                _rows[key] = new Net { Update = Whole(change) };
                break;
            case ChangeKind.Update when was!.Insert is { } inserted:
                Overlay(inserted, change);
                break;
            case ChangeKind.Update when was.Update is { } updated:
                Overlay(updated, change);
                break;
            case ChangeKind.Delete when was is null or { Update: not null, Insert: null }:
                _rows[key] = new Net { Delete = (change, change.Old) };
                break;
            case ChangeKind.Delete when was is { Insert: not null, Delete: null }:
                _rows.Remove(key);
                break;
            case ChangeKind.Delete when was is { Insert: not null }:
                was.Insert = null;
                break;
            default:
                Contradicts = true;
                break;
        }
    }

    /// <summary>The statements, with how many rows each must write; negative where that is not known.</summary>
    public IEnumerable<(NpgsqlBatchCommand Command, int Rows)> Statements()
    {
        var deletes = _rows.Values.Where(n => n.Delete is not null).Select(n => n.Delete!.Value).ToList();
        if (deletes.Count > 0)
            yield return (Keyed(relation.Delete, deletes.ConvertAll(d => Cells(d.Change, d.Row)), []), Expected(deletes.Count));

        // Updates that set the same columns go together: those that carry a large value, and those that left it as it was.
        foreach (var alike in _rows.Values.Where(n => n.Update is not null).Select(n => n.Update!).GroupBy(Mask))
        {
            var set = Settable(alike.First());
            if (relation.Update(set) is { } sql)
                yield return (Keyed(sql, [.. alike], set), Expected(alike.Count()));
        }

        var inserts = _rows.Values.Where(n => n.Insert is not null).Select(n => n.Insert!).ToList();
        if (inserts.Count > 0)
            yield return (Insert(inserts), Expected(inserts.Count));
    }

    int Expected(int rows) => relation.IsExact ? rows : -1;

    NpgsqlBatchCommand Insert(List<Cell[]> rows)
    {
        var command = new NpgsqlBatchCommand(relation.Insert);
        if (relation.Columns.Count == 0)
            command.Parameters.Add(new NpgsqlParameter { Value = rows.Count.ToString(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        for (var i = 0; i < relation.Columns.Count; i++)
            command.Parameters.Add(Parameter(rows, i));
        return command;
    }

    NpgsqlBatchCommand Keyed(string sql, List<Cell[]> rows, IReadOnlyList<int> set)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var i in relation.Key.Concat(set))
            command.Parameters.Add(Parameter(rows, i));
        return command;
    }

    static NpgsqlParameter Parameter(List<Cell[]> rows, int column)
    {
        var array = new ColumnArray();
        foreach (var row in rows)
            row[column].AddTo(array);
        return array.ToParameter();
    }

    // The key stays as it is, or the change would not be here. With nothing but a key, it is set to itself, so that the row is seen to be there.
    IReadOnlyList<int> Settable(Cell[] row)
    {
        var set = Enumerable.Range(0, row.Length).Where(i => !row[i].Slice.IsUnchanged && !relation.Key.Contains(i)).ToList();
        return set.Count > 0 ? set : relation.Key;
    }

    static string Mask(Cell[] row) =>
        Array.TrueForAll(row, c => !c.Slice.IsUnchanged) ? "" : new string(Array.ConvertAll(row, c => c.Slice.IsUnchanged ? '-' : '+'));

    static Cell[] Whole(Change change)
    {
        var cells = Cells(change, change.New);
        // A key so large that it is stored apart comes with the old row only.
        foreach (var i in change.Relation!.OldIsWhole ? Enumerable.Range(0, cells.Length) : change.Relation.Key)
        {
            if (cells[i].Slice.IsUnchanged && change.Old.Length > 0)
                cells[i] = new Cell(change, change.Old[i]);
        }

        return cells;
    }

    static Cell[] Cells(Change change, Slice[] row) => Array.ConvertAll(row, slice => new Cell(change, slice));

    static void Overlay(Cell[] earlier, Change later)
    {
        // What is not sent again is what it was.
        for (var i = 0; i < earlier.Length; i++)
        {
            if (!later.New[i].IsUnchanged)
                earlier[i] = new Cell(later, later.New[i]);
        }
    }

    static bool KeyDiffers(Change change) => change.Relation!.Key.Any(i =>
        !change.New[i].IsUnchanged && !change.Of(change.Old[i]).SequenceEqual(change.Of(change.New[i])));

    sealed class Net
    {
        public (Change Change, Slice[] Row)? Delete { get; init; }
        public Cell[]? Update { get; init; }
        public Cell[]? Insert { get; set; }
    }

    readonly record struct Cell(Change Change, Slice Slice)
    {
        public void AddTo(ColumnArray array) => array.Add(Change, Slice);
    }
}
