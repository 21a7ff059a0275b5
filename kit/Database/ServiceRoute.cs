using Dapper;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>Which database is a service's home: the contract between the migration engine and its applications (PROTOCOL 1.0).</summary>
/// <param name="Epoch">Rises with each change; the highest wins, a lower one than was seen is refused. 0: no route is kept, the settings decide.</param>
public sealed record ServiceRoute(long Epoch, DatabaseAddress Write, IReadOnlyList<DatabaseAddress> Read)
{
    /// <summary>Reads the route that this database keeps for <paramref name="service"/>; null when it keeps none.</summary>
    public static async Task<ServiceRoute?> ReadAsync(NpgsqlConnection connection, string service, CancellationToken ct)
    {
        var kept = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT to_regclass('pgsplit.route') IS NOT NULL AND has_schema_privilege('pgsplit', 'USAGE')", cancellationToken: ct));
        if (!kept)
        {
            return null;
        }

        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            "SELECT epoch, write_address, read_addresses FROM pgsplit.route WHERE service = @service",
            new { service },
            cancellationToken: ct));
        return row is null
            ? null
            : new ServiceRoute(row.Epoch, DatabaseAddress.Parse(row.Write_Address), [.. (row.Read_Addresses ?? []).Select(DatabaseAddress.Parse)]);
    }

    sealed record Row(long Epoch, string Write_Address, string[]? Read_Addresses)
    {
        public Row() : this(0, "", null)
        {
        }
    }
}
