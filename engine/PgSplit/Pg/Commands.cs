using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace PgSplit.Pg;

/// <summary>Short forms for statements on one session. Parameters are <c>$1</c>, <c>$2</c>, …</summary>
static class Commands
{
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The first value of the first row; default where there is none, or it is null.</summary>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct, params object?[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && !await reader.IsDBNullAsync(0, ct) ? await reader.GetFieldValueAsync<T>(0, ct) : default;
    }

    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<DbDataReader, T> row, CancellationToken ct, params object?[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(row(reader));
        return rows;
    }

    /// <summary>The text of a column, null where it is null.</summary>
    public static string? TextOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A parameter of the type that PostgreSQL is to see.</summary>
    public static NpgsqlParameter Parameter(object? value)
    {
        var parameter = new NpgsqlParameter { Value = value ?? DBNull.Value };
        // .NET has one unsigned type for PostgreSQL's three; ours are OIDs.
        if (value is uint)
            parameter.NpgsqlDbType = NpgsqlDbType.Oid;
        // Not "is": to the runtime an int[] is a uint[] too.
        else if (value?.GetType() == typeof(uint[]))
            parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid;
        else if (value is NpgsqlLogSequenceNumber)
            parameter.NpgsqlDbType = NpgsqlDbType.PgLsn;
        return parameter;
    }

    static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object?[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(Parameter(value));
        return command;
    }
}
