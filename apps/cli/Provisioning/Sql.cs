using Npgsql;

namespace Hdms.Cli.Provisioning;

internal static class Sql
{
    static readonly NpgsqlCommandBuilder Quoting = new();

    /// <summary>An identifier, quoted. Statements about roles and databases take no parameters, so this is how names get into them.</summary>
    public static string Name(string identifier) => Quoting.QuoteIdentifier(identifier);

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
