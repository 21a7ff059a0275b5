using System.Diagnostics;
using Npgsql;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>What has to hold before writers are made to wait, and how long they will (PROTOCOL 1.8, step 1). Changes nothing.</summary>
static class Preconditions
{
    const int Probes = 7;

    // The server's own vacuums come and go on tables that are written to: one is waited for, but not one that works for hours.
    static readonly TimeSpan VacuumPatience = TimeSpan.FromSeconds(60), VacuumPace = TimeSpan.FromMilliseconds(200);

    /// <returns>The pause to be expected.</returns>
    /// <exception cref="PgSplitException">Something does not hold; what, and what to do.</exception>
    public static async Task<TimeSpan> EnsureAsync(MoveDefinition definition, SwitchSides sides, ChangeStream stream, Action<string>? say, CancellationToken ct)
    {
        await using var from = await sides.From.OpenAsync("preconditions", ct);
        await using var to = await sides.To.OpenAsync("preconditions", ct);
        await EnsureFencedAsync(definition, sides, from, to, ct);
        await EnsureQuietAsync(from, sides, say, ct);

        var budget = definition.Options.PauseBudget;
        var trips = new List<TimeSpan>();
        for (var i = 0; i < Probes; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            var barrier = await BarrierMessage.EmitAsync(from, definition.Id, 0, ct);
            try
            {
                await stream.ReachedAsync(barrier, ct).WaitAsync(TimeSpan.FromSeconds(30), ct);
            }
            catch (TimeoutException e)
            {
                throw new PgSplitException(ExitCode.Refused, "the stream is more than 30 s behind", "wait until `pgsplit status` shows little lag, then switch again", e);
            }

            trips.Add(Stopwatch.GetElapsedTime(begun));
        }

        // The first finds caches cold, and may wait for what was behind.
        trips.RemoveAt(0);
        trips.Sort();
        if (trips[^1] > budget / 4)
        {
            throw new PgSplitException(
                ExitCode.Refused, $"a mark takes up to {trips[^1].TotalMilliseconds:0} ms through the stream, more than a quarter of the pause budget ({budget.TotalMilliseconds:0} ms)",
                "choose a quieter moment, or a larger `pause_budget`");
        }

        // Lock, mark, comparison and two commits, each about a commit's time beside the trip itself.
        var write = Stopwatch.GetTimestamp();
        await from.ExecuteAsync("UPDATE pgsplit.move SET updated_at = clock_timestamp() WHERE move_id = $1", ct, definition.Id);
        return trips[trips.Count / 2] + (4 * Stopwatch.GetElapsedTime(write));
    }

    static async Task EnsureFencedAsync(MoveDefinition definition, SwitchSides sides, NpgsqlConnection from, NpgsqlConnection to, CancellationToken ct)
    {
        foreach (var (session, tables, server, other) in new[] { (from, sides.Tables, sides.From, sides.To), (to, sides.OpeningTables, sides.To, sides.From) })
        {
            if (await Fencing.FenceWatch.GapAsync(session, definition.Id, tables, other.Address, ct) is { } gap)
                throw new PgSplitException(ExitCode.Refused, $"{gap} at {server.Address.Route}", "`pgsplit resume` puts it back; then verify again, since writes may have got through");
        }
    }

    static async Task EnsureQuietAsync(NpgsqlConnection session, SwitchSides sides, Action<string>? say, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var said = false; ; await Task.Delay(VacuumPace, ct))
        {
            var busy = await BusyAsync(session, sides, ct);
            if (busy.Count == 0)
                return;
            if (!busy.TrueForAll(b => b.Passes) || Stopwatch.GetElapsedTime(begun) > VacuumPatience)
            {
                throw new PgSplitException(
                    ExitCode.Refused, $"the tables are not free to be locked: {string.Join("; ", busy.Select(b => b.What))}", "wait for it, or end it (pg_terminate_backend), then switch again");
            }

            if (!said)
                say?.Invoke($"waiting for it to end: {string.Join("; ", busy.Select(b => b.What))}");
            said = true;
        }
    }

    static Task<List<(string What, bool Passes)>> BusyAsync(NpgsqlConnection session, SwitchSides sides, CancellationToken ct) => session.QueryAsync(
        """
        SELECT DISTINCT format('process %s (%s) has written to it for %s: %s', a.pid, coalesce(nullif(a.application_name, ''), a.usename), date_trunc('milliseconds', clock_timestamp() - a.xact_start), left(a.query, 60)), false
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted AND l.relation = ANY ($1)
          AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() AND clock_timestamp() - a.xact_start > interval '1 second'
          AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
        UNION ALL
        SELECT format('%s of %s is running (process %s)', CASE WHEN a.backend_type = 'autovacuum worker' THEN 'autovacuum' ELSE 'vacuum' END, v.relid::regclass, v.pid), a.backend_type = 'autovacuum worker'
        FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid) WHERE v.relid = ANY ($1)
        """,
        r => (r.GetString(0), r.GetBoolean(1)), ct, sides.Tables.Select(t => t.Oid).ToArray());
}
