using Dapper;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Kit.Events;

/// <summary>
/// Begins a new epoch of a log that has turned up in another place: restored from a backup (also in place), moved, failed
/// over. Readers that come with an older epoch are taken back to where the new one began (DESIGN section 12a).
/// </summary>
public static class LogEpoch
{
    /// <returns>The epoch in force; null when the fence is closed here, and the log lives on elsewhere.</returns>
    internal static async Task<int?> EnsureAsync(NpgsqlConnection connection, EventLog log, CancellationToken ct)
    {
        var known = await connection.QuerySingleOrDefaultAsync<int?>(new CommandDefinition(
            $"SELECT epoch FROM {log.Service}_log WHERE identity = {Identity(log.Service)} AND epoch = (SELECT max(epoch) FROM {log.Service}_log)",
            cancellationToken: ct));
        if (known is { } epoch)
        {
            return epoch;
        }

        try
        {
            return await MoveOnAsync(connection, log, ct);
        }
        catch (PostgresException e) when (e.SqlState == DatabaseFaults.Fenced)
        {
            return null;
        }
    }

    /// <summary>Where the log is, to be compared with where it was; null where it can't be written or is not yet.</summary>
    internal static Task<string?> PlaceAsync(NpgsqlConnection connection, EventLog log, CancellationToken ct) =>
        connection.QuerySingleAsync<string?>(new CommandDefinition(
            $"""
            SELECT CASE WHEN current_setting('transaction_read_only') = 'off' AND to_regclass('{log.Service}_log') IS NOT NULL
                          AND to_regclass('{log.Service}_events') IS NOT NULL
                        THEN {Identity(log.Service)} END
            """,
            cancellationToken: ct));

    static async Task<int> MoveOnAsync(NpgsqlConnection connection, EventLog log, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Under the appenders' lock, so that no event of the old epoch lands behind the new one's first position.
        await connection.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_xact_lock(@key)", new { key = log.LockKey }, cancellationToken: ct));
        var epoch = await connection.QuerySingleAsync<int>(new CommandDefinition(
            $"""
            WITH last AS (SELECT epoch, identity FROM {log.Service}_log ORDER BY epoch DESC LIMIT 1),
                 begun AS (
                    INSERT INTO {log.Service}_log (epoch, first_position, identity)
                    SELECT coalesce((SELECT epoch FROM last), 0) + 1, (SELECT coalesce(max(position), 0) + 1 FROM {log.Service}_events), at.identity
                    FROM (SELECT {Identity(log.Service)} AS identity) AS at
                    WHERE at.identity IS DISTINCT FROM (SELECT identity FROM last)
                    RETURNING epoch)
            SELECT coalesce((SELECT epoch FROM begun), (SELECT epoch FROM last))
            """,
            cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return epoch;
    }

    /// <summary>Begins a new epoch where no move or restore shows, as after tables were put back by hand.</summary>
    /// <param name="above">An epoch that was seen where this log takes another's place: the new one is higher.</param>
    /// <returns>The epoch begun.</returns>
    public static async Task<int> BeginAsync(NpgsqlConnection connection, EventLog log, CancellationToken ct, int above = 0)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(log);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_xact_lock(@key)", new { key = log.LockKey }, cancellationToken: ct));
        var epoch = await connection.QuerySingleAsync<int>(new CommandDefinition(
            $"""
            INSERT INTO {log.Service}_log (epoch, first_position, identity)
            SELECT greatest((SELECT max(epoch) FROM {log.Service}_log), @above) + 1, (SELECT coalesce(max(position), 0) + 1 FROM {log.Service}_events), {Identity(log.Service)}
            RETURNING epoch
            """,
            new { above },
            cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return epoch;
    }

    /// <summary>
    /// Where the log is: which cluster, on which of its timelines, in which database, as which table. The timeline is the one
    /// that is written now; the control file learns of a promotion only at the next checkpoint.
    /// </summary>
    static string Identity(string service) =>
        $"""
        concat_ws('/', (SELECT system_identifier FROM pg_control_system()), ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
                  (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('{service}_events')::oid)
        """;
}
