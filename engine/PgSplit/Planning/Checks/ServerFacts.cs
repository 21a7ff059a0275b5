using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>What <see cref="ServerReadiness"/> judges, read in one question.</summary>
sealed record ServerFacts
{
    public required int Version { get; init; }
    public required string WalLevel { get; init; }
    public required bool InRecovery { get; init; }
    public required int MaxSlots { get; init; }
    public required int Slots { get; init; }
    public required int MaxSenders { get; init; }
    public required int Senders { get; init; }
    public required int MaxOrigins { get; init; }
    public required int Origins { get; init; }
    public required int FreeConnections { get; init; }

    /// <summary>max_slot_wal_keep_size; null where there is no limit.</summary>
    public required long? SlotWalKeepBytes { get; init; }
    public required string SynchronousStandbys { get; init; }

    /// <summary>Time-outs that the engine's sessions don't set aside by themselves: transaction_timeout (17 and later).</summary>
    public required string? TransactionTimeout { get; init; }

    /// <summary>idle_replication_slot_timeout (18 and later); null where there is none.</summary>
    public required string? SlotIdleTimeout { get; init; }

    /// <summary>Time-outs that are set on the role or the database.</summary>
    public required IReadOnlyList<string> RoleTimeouts { get; init; }

    /// <summary>WAL per second, on average since the statistics were reset; null where that is too short.</summary>
    public required double? WalBytesPerSecond { get; init; }

    public int Major => Version / 10_000;

    /// <summary>Slots and origins of this move don't count: they are what is asked for.</summary>
    public static async Task<ServerFacts> ReadAsync(NpgsqlConnection connection, string move, CancellationToken ct) => (await connection.QueryAsync(
        """
        SELECT current_setting('server_version_num')::int,
               -- PostgreSQL 19 raises the level by itself.
               coalesce(current_setting('effective_wal_level', true), current_setting('wal_level')),
               pg_is_in_recovery(),
               current_setting('max_replication_slots')::int,
               (SELECT count(*)::int FROM pg_replication_slots WHERE slot_name NOT IN ('pgsplit_' || $1 || '_f', 'pgsplit_' || $1 || '_r')),
               current_setting('max_wal_senders')::int,
               (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'walsender' AND application_name NOT LIKE 'pgsplit %'),
               -- Up to 17 the limit of slots is that of origins, too.
               coalesce(current_setting('max_active_replication_origins', true), current_setting('max_replication_slots'))::int,
               (SELECT count(*)::int FROM pg_replication_origin WHERE roname NOT IN ('pgsplit_' || $1 || '_f', 'pgsplit_' || $1 || '_r')),
               current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                   - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'),
               (SELECT nullif(setting::bigint, -1) * 1048576 FROM pg_settings WHERE name = 'max_slot_wal_keep_size'),
               current_setting('synchronous_standby_names'),
               nullif(current_setting('transaction_timeout', true), '0'),
               (SELECT coalesce(array_agg(DISTINCT s ORDER BY s), '{}') FROM pg_db_role_setting r, unnest(r.setconfig) AS s
                WHERE r.setrole IN (0, current_user::regrole) AND r.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                  AND split_part(s, '=', 1) LIKE '%\_timeout' AND split_part(s, '=', 2) NOT IN ('0', '')),
               (SELECT CASE WHEN now() - stats_reset > interval '10 minutes' THEN (wal_bytes / extract(epoch FROM now() - stats_reset))::float8 END FROM pg_stat_wal),
               nullif(current_setting('idle_replication_slot_timeout', true), '0')
        """,
        r => new ServerFacts
        {
            Version = r.GetInt32(0),
            WalLevel = r.GetString(1),
            InRecovery = r.GetBoolean(2),
            MaxSlots = r.GetInt32(3),
            Slots = r.GetInt32(4),
            MaxSenders = r.GetInt32(5),
            Senders = r.GetInt32(6),
            MaxOrigins = r.GetInt32(7),
            Origins = r.GetInt32(8),
            FreeConnections = r.GetInt32(9),
            SlotWalKeepBytes = r.IsDBNull(10) ? null : r.GetInt64(10),
            SynchronousStandbys = r.GetString(11),
            TransactionTimeout = r.TextOrNull(12),
            RoleTimeouts = r.GetFieldValue<string[]>(13),
            WalBytesPerSecond = r.IsDBNull(14) ? null : r.GetDouble(14),
            SlotIdleTimeout = r.TextOrNull(15),
        }, ct, move))[0];
}
