using Npgsql;
using PgSplit.Catalog;

namespace PgSplit.Pg;

/// <summary>Sessions that all see one moment of a database.</summary>
static class Snapshots
{
    /// <summary>A session in an open transaction that sees an exported snapshot. Its end ends the transaction.</summary>
    public static async Task<NpgsqlConnection> OpenAtAsync(this PgServer server, string purpose, string snapshot, CancellationToken ct)
    {
        var connection = await server.OpenAsync(purpose, ct);
        try
        {
            await connection.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct);
            await connection.ExecuteAsync($"SET TRANSACTION SNAPSHOT {Sql.Text(snapshot)}", ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Keeps tables from being rewritten or truncated until the transaction ends, and tells which of them were so between its snapshot
    /// and now: those read as empty in this snapshot, whatever was in them (PROTOCOL case 15).
    /// </summary>
    public static async Task<IReadOnlyList<QualifiedName>> HoldAsync(this NpgsqlConnection connection, IReadOnlyCollection<Table> tables, CancellationToken ct)
    {
        if (tables.Count == 0)
            return [];
        await connection.ExecuteAsync($"LOCK TABLE {string.Join(", ", tables.Select(t => $"ONLY {t.Name.Sql}"))} IN ACCESS SHARE MODE", ct);
        // The row of pg_class is the snapshot's, the function's answer is today's.
        return await connection.QueryAsync(
            """
            SELECT n.schema, n.name FROM unnest($1::text[], $2::text[]) AS n(schema, name)
            LEFT JOIN pg_namespace s ON s.nspname = n.schema
            LEFT JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name
            WHERE c.oid IS NULL OR c.relkind <> 'p' AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)
            """,
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, tables.Select(t => t.Name.Schema).ToArray(), tables.Select(t => t.Name.Name).ToArray());
    }

    /// <summary>Triggers and foreign keys of this session's writes stay still, where the role may say so.</summary>
    public static async Task BecomeReplicaAsync(this NpgsqlConnection connection, CancellationToken ct)
    {
        if (await connection.ScalarAsync<bool>("SELECT has_parameter_privilege('session_replication_role', 'SET')", ct))
            await connection.ExecuteAsync("SET session_replication_role = replica", ct);
    }
}
