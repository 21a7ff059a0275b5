using Npgsql;

namespace PgSplit.Follow;

/// <summary>
/// A run of changes of one table, in as few statements as keep its order: sets of rows, and between them, one by one, what can't be
/// part of a set.
/// </summary>
sealed class TableRun(RelationMap relation)
{
    readonly List<(TableBatch? Set, Change? One)> _parts = [];

    /// <summary>The changes contradict each other: to be written one by one, which says which one it is.</summary>
    public bool Contradicts => _parts.Exists(p => p.Set is { Contradicts: true });

    public void Add(Change change)
    {
        if (!TableBatch.Takes(change))
        {
            _parts.Add((null, change));
            return;
        }

        if (_parts.Count == 0 || _parts[^1].Set is null)
            _parts.Add((new TableBatch(relation), null));
        _parts[^1].Set!.Add(change);
    }

    public void AddTo(RunSets sets)
    {
        for (var i = 0; i < _parts.Count; i++)
        {
            var (set, one) = _parts[i];
            if (set is not null)
            {
                set.AddTo(sets, last: i == _parts.Count - 1);
            }
            else if (OneByOne.Statement(one!) is { } statement)
            {
                var command = new NpgsqlBatchCommand(statement.Sql);
                command.Parameters.AddRange(statement.Parameters.ToArray());
                sets.Add(command, relation.IsExact ? 1 : -1);
            }
        }
    }
}
