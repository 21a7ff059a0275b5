using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>Statements of an admin about roles and databases. They take no parameters: names get into them by <see cref="Sql.Name"/>.</summary>
internal static class AdminSql
{
    /// <summary>A text constant, for the same statements.</summary>
    public static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<bool> AnyAsync(NpgsqlConnection connection, string sql, IReadOnlyList<object> parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
