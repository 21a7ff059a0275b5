using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>Replication slots that nobody reads: the server keeps everything written since for them, until the disk is full.</summary>
internal static class SlotsCheck
{
    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Query =
            """
            SELECT slot_name, coalesce(wal_status, 'lost'), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
            FROM pg_replication_slots WHERE NOT active AND NOT temporary ORDER BY slot_name
            """;
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT pg_is_in_recovery()", cancellationToken: ct)))
            return [];
        var slots = await connection.QueryAsync<(string Name, string Wal, long Bytes)>(new CommandDefinition(Query, cancellationToken: ct));
        return
        [
            .. slots.Select(s => new DoctorFinding(
                Severity.Warning,
                null,
                $"Replication slot {s.Name} is read by nobody and keeps {s.Bytes / 1024 / 1024} MB of WAL (status {s.Wal}).",
                $"If no move or standby needs it any more: hdms psql -- -c \"SELECT pg_drop_replication_slot('{s.Name}')\"")),
        ];
    }
}
