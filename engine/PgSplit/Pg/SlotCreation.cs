using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using NpgsqlTypes;

namespace PgSplit.Pg;

/// <summary>Whoever a slot has to wait for.</summary>
/// <param name="Pid">Null for a prepared transaction.</param>
/// <param name="For">The transaction's age.</param>
sealed record SlotBlocker(int? Pid, string? Database, TimeSpan For, string? Query)
{
    public override string ToString() =>
        $"{(Pid is { } pid ? $"pid {pid}" : "a prepared transaction")} in {Database ?? "another database"} is open for {For.TotalSeconds:0} s: {Query}";
}

/// <summary>
/// Makes a logical slot. It waits for every transaction that has written and is still open, anywhere in the cluster (PROTOCOL cases 1 and 2);
/// those are told.
/// </summary>
static class SlotCreation
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="walsender">Makes it; whoever exports a snapshot keeps this session as it is afterwards.</param>
    /// <param name="waits">Told once of each.</param>
    /// <exception cref="PgSplitException">Refused: they did not end in time; they are named, and there is no slot.</exception>
    public static async Task<PgOutputReplicationSlot> RunAsync(
        PgServer server, LogicalReplicationConnection walsender, string slot, bool temporary, LogicalSlotSnapshotInitMode snapshot, Action<SlotBlocker>? waits, CancellationToken ct)
    {
        // Not ct: a walsender that waits does not see that its client is gone. It is ended by its pid.
        var creating = walsender.CreatePgOutputReplicationSlot(slot, temporarySlot: temporary, slotSnapshotInitMode: snapshot, cancellationToken: CancellationToken.None);
        return await WaitAsync(server, creating, walsender.ProcessID, waits, ct);
    }

    /// <summary>A slot that standbys synchronise (PostgreSQL 17, sync_replication_slots); the replication command that Npgsql knows can't say so.</summary>
    /// <param name="server">Where.</param>
    /// <param name="session">An ordinary session there, which makes it.</param>
    /// <param name="slot">Its name.</param>
    /// <param name="waits">Told once of each.</param>
    /// <param name="ct">Token.</param>
    /// <returns>Its consistent point.</returns>
    /// <exception cref="PgSplitException">Refused, as above.</exception>
    public static Task<NpgsqlLogSequenceNumber> RunWithFailoverAsync(PgServer server, NpgsqlConnection session, string slot, Action<SlotBlocker>? waits, CancellationToken ct) => WaitAsync(
        server, session.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT lsn FROM pg_create_logical_replication_slot($1, 'pgoutput', temporary => false, twophase => false, failover => true)", CancellationToken.None, slot),
        session.ProcessID, waits, ct);

    static async Task<T> WaitAsync<T>(PgServer server, Task<T> creating, int pid, Action<SlotBlocker>? waits, CancellationToken ct)
    {
        await using var watch = await server.OpenAsync("slot watch", ct);
        var since = TimeProvider.System.GetTimestamp();
        var told = new HashSet<(int?, string?)>();
        try
        {
            while (await Task.WhenAny(creating, Task.Delay(TimeSpan.FromSeconds(1), ct)) != creating)
            {
                ct.ThrowIfCancellationRequested();
                var blockers = await BlockersAsync(watch, pid, ct);
                foreach (var blocker in blockers.Where(b => told.Add((b.Pid, b.Query))))
                    waits?.Invoke(blocker);
                if (TimeProvider.System.GetElapsedTime(since) > Patience)
                {
                    throw new PgSplitException(
                        ExitCode.Refused, $"no replication slot could be made in {Patience.TotalMinutes:0} minutes: {string.Join("; ", blockers)}", "end these transactions, then resume");
                }
            }
        }
        catch
        {
            await watch.ExecuteAsync("SELECT pg_terminate_backend($1)", CancellationToken.None, pid);
            _ = await Task.WhenAny(creating);
            throw;
        }

        return await creating;
    }

    // pg_locks shows everybody's; pg_stat_activity without pg_monitor does not.
    static Task<List<SlotBlocker>> BlockersAsync(NpgsqlConnection watch, int walsender, CancellationToken ct) => watch.QueryAsync(
        """
        SELECT l.pid, coalesce(a.datname, p.database)::text, clock_timestamp() - coalesce(a.xact_start, p.prepared), a.query, p.gid
        FROM pg_locks l
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN pg_prepared_xacts p ON p.transaction = l.transactionid
        WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid IS DISTINCT FROM $1
        ORDER BY 3 DESC NULLS LAST
        """,
        r => new SlotBlocker(r.IsDBNull(0) ? null : r.GetInt32(0), r.TextOrNull(1),
            r.IsDBNull(2) ? TimeSpan.Zero : r.GetFieldValue<TimeSpan>(2), r.IsDBNull(4) ? r.TextOrNull(3) : $"PREPARE TRANSACTION {r.GetString(4)}"),
        ct, walsender);
}
