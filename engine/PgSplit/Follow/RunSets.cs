using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>A run of changes, ready to be written: statements, and after them what goes by COPY. Its memory is the pool's again once it is disposed of.</summary>
sealed class RunSets : IDisposable
{
    readonly List<IDisposable> _memory = [];

    /// <summary>With how many rows each must write; negative where that is not known.</summary>
    public List<(NpgsqlBatchCommand Command, int Rows)> Statements { get; } = [];

    public List<(string Sql, ReadOnlyMemory<byte> Rows)> Copies { get; } = [];

    public void Add(NpgsqlBatchCommand command, int rows) => Statements.Add((command, rows));

    public void Copy(string sql, PooledBytes rows)
    {
        _memory.Add(rows);
        Copies.Add((sql, rows.Written));
    }

    /// <summary>A parameter that is good as long as the sets are.</summary>
    public NpgsqlParameter Parameter(ColumnArray array)
    {
        _memory.Add(array);
        return array.ToParameter();
    }

    public void Dispose()
    {
        foreach (var memory in _memory)
            memory.Dispose();
    }
}
