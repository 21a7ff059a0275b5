using Dapper;
using Hdms.Contracts;
using Npgsql;
using PgSplit.Pg;

namespace Hdms.Cli.Migrate;

/// <summary>
/// The map of a service: every table that its owner role owns, whatever made it. Nobody keeps a list, so no table can be missing from it
/// (DESIGN section 12a). Partitions follow their table.
/// </summary>
internal static class OwnTables
{
    const string Query =
        """
        SELECT n.nspname, c.relname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
          AND c.relowner = to_regrole(@owner)
        ORDER BY 1, 2
        """;

    /// <summary>What everything of the service waits at, so the switch closes it first (PROTOCOL 1.8).</summary>
    public static QualifiedName Gate(Service service) => new("public", $"{service.Name}_gate");

    public static async Task<IReadOnlyList<QualifiedName>> ReadAsync(NpgsqlConnection connection, Service service, CancellationToken ct) =>
        [.. (await connection.QueryAsync<(string Schema, string Name)>(new CommandDefinition(Query, new { owner = service.OwnerRole }, cancellationToken: ct)))
            .Select(t => new QualifiedName(t.Schema, t.Name))];
}
