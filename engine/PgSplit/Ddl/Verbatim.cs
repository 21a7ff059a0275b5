using Npgsql;

namespace PgSplit.Ddl;

/// <summary>
/// Sends one statement exactly as it is. A plain command is cut at semicolons by Npgsql, which knows of quotes but not of
/// BEGIN ATOMIC bodies or of rules with several actions.
/// </summary>
static class Verbatim
{
    public static async Task RunAsync(this NpgsqlConnection connection, string statement, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        await batch.ExecuteNonQueryAsync(ct);
    }
}
