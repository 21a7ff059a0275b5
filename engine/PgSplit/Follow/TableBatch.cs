using System.Buffers;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// What a run of changes comes to for one table: for each key at most one delete, one update and one insert, written by one statement
/// per kind, deletes first, in the order of their keys: rows that are near each other are met together. The end is the same as that of
/// the changes one by one, unless a unique value moves from row to row on the way: then the server refuses, and the caller writes them
/// one by one instead.
/// </summary>
sealed class TableBatch(RelationMap relation)
{
    // Below this, what COPY saves is less than what a word with the server costs.
    const int FewestCopied = 100;

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
                was.Insert = Overlaid(inserted, change);
                break;
            case ChangeKind.Update when was.Update is { } updated:
                was.Update = Overlaid(updated, change);
                break;
            case ChangeKind.Delete when was is null or { Update: not null, Insert: null }:
                _rows[key] = new Net { Delete = change };
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

    /// <param name="last">Nothing of the table comes after it, so that what it inserts may be written after all statements.</param>
    public void AddTo(RunSets sets, bool last)
    {
        var met = _rows.Where(r => r.Value.Delete is not null || r.Value.Update is not null).OrderBy(r => r.Key, RowKey.Neighbours).Select(r => r.Value).ToList();
        var deletes = met.Where(n => n.Delete is not null).Select(n => n.Delete!).ToList();
        if (deletes.Count > 0)
            sets.Add(Command(sets, relation.Delete, relation.Key.Select(i => (i, true)), deletes), Expected(deletes.Count));

        // Updates that set the same columns go together: those that carry a large value, and those that left it as it was.
        foreach (var alike in met.Where(n => n.Update is not null).Select(n => n.Update!).GroupBy(Mask))
        {
            var set = Settable(alike.First());
            if (relation.Update(set) is { } sql)
                sets.Add(Command(sets, sql, relation.Key.Concat(set).Select(i => (i, false)), [.. alike]), Expected(alike.Count()));
        }

        var inserts = _rows.Values.Where(n => n.Insert is not null).Select(n => n.Insert!).ToList();
        if (inserts.Count == 0)
            return;
        if (last && inserts.Count >= FewestCopied && relation.Copy is { } copy)
            sets.Copy(copy, Lines(inserts));
        else if (relation.Columns.Count > 0)
            sets.Add(Command(sets, relation.Insert, Enumerable.Range(0, relation.Columns.Count).Select(i => (i, false)), inserts), Expected(inserts.Count));
        else
            sets.Add(new NpgsqlBatchCommand(relation.Insert) { Parameters = { new NpgsqlParameter<string> { TypedValue = $"{inserts.Count}" } } }, Expected(inserts.Count));
    }

    int Expected(int rows) => relation.IsExact ? rows : -1;

    static NpgsqlBatchCommand Command(RunSets sets, string sql, IEnumerable<(int Column, bool OfOld)> parameters, List<Change> rows)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (column, ofOld) in parameters)
        {
            var array = new ColumnArray();
            foreach (var row in rows)
                array.Add(row, (ofOld ? row.Old : row.New)[column]);
            command.Parameters.Add(sets.Parameter(array));
        }

        return command;
    }

    static PooledBytes Lines(List<Change> rows)
    {
        var lines = new PooledBytes(64 << 10);
        foreach (var row in rows)
        {
            for (var i = 0; i < row.New.Length; i++)
            {
                if (row.New[i].Length < 0)
                    CopyText.WriteNull(lines, last: i == row.New.Length - 1);
                else
                    CopyText.Write(lines, row.Of(row.New[i]), last: i == row.New.Length - 1);
            }
        }

        return lines;
    }

    // The key stays as it is, or the change would not be here. With nothing but a key, it is set to itself, so that the row is seen to be there.
    IReadOnlyList<int> Settable(Change row)
    {
        var set = Enumerable.Range(0, row.New.Length).Where(i => !row.New[i].IsUnchanged && !relation.Key.Contains(i)).ToList();
        return set.Count > 0 ? set : relation.Key;
    }

    static string Mask(Change row) =>
        Array.TrueForAll(row.New, s => !s.IsUnchanged) ? "" : new string(Array.ConvertAll(row.New, s => s.IsUnchanged ? '-' : '+'));

    // A key so large that it is stored apart comes with the old row only.
    static Change Whole(Change change)
    {
        var (relation, now, old) = (change.Relation!, change.New, change.Old);
        if (old.Length == 0 || Array.TrueForAll(now, s => !s.IsUnchanged))
            return change;
        return new Change
        {
            Kind = change.Kind,
            Relation = relation,
            Buffer = change.Buffer,
            New = [.. now.Select((s, i) => s.IsUnchanged && (relation.OldIsWhole || relation.Key.Contains(i)) ? old[i] : s)],
        };
    }

    // What is not sent again is what it was.
    static Change Overlaid(Change earlier, Change later)
    {
        if (Array.TrueForAll(later.New, s => !s.IsUnchanged))
            return later;
        var slices = new Slice[later.New.Length];
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; i < slices.Length; i++)
        {
            var (from, slice) = later.New[i].IsUnchanged ? (earlier, earlier.New[i]) : (later, later.New[i]);
            slices[i] = slice.Length < 0 ? slice : new Slice(bytes.WrittenCount, slice.Length);
            if (slice.Length >= 0)
                bytes.Write(from.Of(slice));
        }

        return new Change { Kind = later.Kind, Relation = later.Relation, Buffer = bytes.WrittenSpan.ToArray(), New = slices };
    }

    static bool KeyDiffers(Change change) => change.Relation!.Key.Any(i =>
        !change.New[i].IsUnchanged && !change.Of(change.Old[i]).SequenceEqual(change.Of(change.New[i])));

    sealed class Net
    {
        public Change? Delete { get; init; }
        public Change? Update { get; set; }
        public Change? Insert { get; set; }
    }
}
