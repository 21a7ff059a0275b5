using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Catalog;

/// <summary>A statement as pg_stat_statements has it: without its values.</summary>
sealed record StatementSeen(string Text, long Calls);

/// <summary>What the application has asked of this database, where pg_stat_statements was there to see it.</summary>
static class StatementsSeen
{
    /// <summary>The most called first; null where nobody has counted.</summary>
    public static async Task<IReadOnlyList<StatementSeen>?> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var schema = await connection.ScalarAsync<string>("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_stat_statements'", ct);
        if (schema is null)
            return null;
        try
        {
            return await connection.QueryAsync(
                $"""
                SELECT query, sum(calls)::bigint FROM {schema}.pg_stat_statements
                WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query IS NOT NULL AND length(query) < 20000
                  AND query ~* '^\s*(/\*.*\*/\s*)?(with|select|insert|update|delete|merge)\M'
                GROUP BY query ORDER BY 2 DESC, 1 LIMIT 2000
                """,
                r => new StatementSeen(r.GetString(0), r.GetInt64(1)), ct);
        }
        // The extension is created, and its library not loaded.
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }
}
