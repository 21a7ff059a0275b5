using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>What the migration engine left in a database where no move is open.</summary>
internal static class MovesCheck
{
    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var (schema, moves) = await connection.QuerySingleAsync<(bool, bool)>(new CommandDefinition(
            "SELECT to_regnamespace('pgsplit') IS NOT NULL, to_regclass('pgsplit.move') IS NOT NULL", cancellationToken: ct));
        if (!schema)
            return [];
        var open = moves
            ? (await connection.QueryAsync<string>(new CommandDefinition(
                "SELECT move_id::text || ' (' || state || ')' FROM pgsplit.move WHERE state NOT IN ('Completed', 'Cancelled') ORDER BY 1", cancellationToken: ct))).AsList()
            : [];
        return
        [
            open.Count == 0
                ? new DoctorFinding(Severity.Note, null, $"Schema pgsplit is in database {connection.Database}, and no move is open there.", "It keeps the route and the journal of earlier moves; leave it unless you know better.")
                : new DoctorFinding(Severity.Note, null, $"Open moves in database {connection.Database}: {string.Join(", ", open)}.", "hdms migrate status"),
        ];
    }
}
