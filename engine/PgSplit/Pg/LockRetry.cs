using System.Diagnostics;
using Npgsql;

namespace PgSplit.Pg;

/// <summary>Tries what needs a lock for a moment, again and again: never long enough at a time that others queue behind it for long.</summary>
static class LockRetry
{
    /// <exception cref="PgSplitException">The patience is over; whoever has the table is named.</exception>
    public static async Task RunAsync(NpgsqlConnection session, QualifiedName table, TimeSpan patience, Func<Task> attempt, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                if (Stopwatch.GetElapsedTime(begun) > patience)
                {
                    throw new PgSplitException(
                        ExitCode.Refused, $"{table} is in use and could not be locked within {patience.TotalSeconds:0} s: {await HoldersAsync(session, [table], ct)}",
                        "end what holds it, then try again", e);
                }

                await Task.Delay(Random.Shared.Next(50, 200), ct);
            }
        }
    }

    /// <summary>Who holds locks on these tables that keep writers or us out.</summary>
    public static async Task<string> HoldersAsync(NpgsqlConnection session, IReadOnlyCollection<QualifiedName> tables, CancellationToken ct)
    {
        var holders = await session.QueryAsync(
            """
            SELECT DISTINCT format('process %s (%s, %s for %s): %s', a.pid, coalesce(nullif(a.application_name, ''), a.backend_type), coalesce(a.state, '-'),
                          date_trunc('milliseconds', clock_timestamp() - a.xact_start), left(coalesce(a.query, ''), 80))
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_activity a ON a.pid = l.pid
            JOIN unnest($1::text[], $2::text[]) t(schema, name) ON t.schema = n.nspname AND t.name = c.relname
            WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
              AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND a.pid <> pg_backend_pid()
            """,
            r => r.GetString(0), ct, tables.Select(t => t.Schema).ToArray(), tables.Select(t => t.Name).ToArray());
        return holders.Count > 0 ? string.Join("; ", holders) : "whoever held it has let go since";
    }
}
