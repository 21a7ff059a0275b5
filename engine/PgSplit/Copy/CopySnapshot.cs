using System.Security.Cryptography;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>
/// A snapshot of the source whose place in the stream of changes is known exactly: that of a slot made for the purpose (PROTOCOL 1.3
/// step 2, case 75). Sessions import it while this lives; once imported it stays with them.
/// </summary>
sealed class CopySnapshot : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    readonly LogicalReplicationConnection _walsender;

    CopySnapshot(LogicalReplicationConnection walsender, NpgsqlLogSequenceNumber lsn, string name) => (_walsender, Lsn, Name) = (walsender, lsn, name);

    /// <summary>What was committed before is in it, what is committed from here on is not.</summary>
    public NpgsqlLogSequenceNumber Lsn { get; }

    public string Name { get; }

    /// <exception cref="PgSplitException">Refused: transactions that were there before did not end in time; they are named (case 1).</exception>
    public static async Task<CopySnapshot> TakeAsync(PgServer source, string moveId, Action<CopyWarning>? warn, CancellationToken ct)
    {
        var walsender = await source.OpenReplicationAsync("copy snapshot", ct);
        try
        {
            await using var watch = await source.OpenAsync("copy watch", ct);
            // Not ct: a walsender that waits does not see that its client is gone. It is ended by its pid.
            var creating = walsender.CreatePgOutputReplicationSlot(
                $"pgsplit_{moveId}_c_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}",
                temporarySlot: true, slotSnapshotInitMode: LogicalSlotSnapshotInitMode.Export, cancellationToken: CancellationToken.None);
            await WaitAsync(creating, watch, walsender.ProcessID, warn, ct);
            var slot = await creating;
            return new CopySnapshot(walsender, slot.ConsistentPoint, slot.SnapshotName!);
        }
        catch
        {
            await walsender.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session that sees this snapshot, in an open transaction.</summary>
    public Task<NpgsqlConnection> ImportAsync(PgServer source, string purpose, CancellationToken ct) => source.OpenAtAsync(purpose, Name, ct);

    public ValueTask DisposeAsync() => _walsender.DisposeAsync();

    static async Task WaitAsync(Task<PgOutputReplicationSlot> creating, NpgsqlConnection watch, int walsender, Action<CopyWarning>? warn, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        var told = new HashSet<CopyWarning>(CopyWarning.ByWho);
        try
        {
            while (await Task.WhenAny(creating, Task.Delay(TimeSpan.FromSeconds(1), ct)) != creating)
            {
                ct.ThrowIfCancellationRequested();
                var blockers = await BlockersAsync(watch, walsender, ct);
                foreach (var blocker in blockers.Where(told.Add))
                    warn?.Invoke(blocker);
                if (TimeProvider.System.GetElapsedTime(since) > Patience)
                    throw new PgSplitException(
                        ExitCode.Refused, $"no snapshot could be taken in {Patience.TotalMinutes:0} minutes: {string.Join("; ", blockers)}", "end these transactions, then resume");
            }
        }
        catch
        {
            await watch.ExecuteAsync("SELECT pg_terminate_backend($1)", CancellationToken.None, walsender);
            _ = await Task.WhenAny(creating);
            throw;
        }
    }

    // pg_locks shows everybody's; pg_stat_activity without pg_monitor does not.
    static Task<List<CopyWarning>> BlockersAsync(NpgsqlConnection watch, int walsender, CancellationToken ct) => watch.QueryAsync(
        """
        SELECT l.pid, coalesce(a.datname, p.database)::text, clock_timestamp() - coalesce(a.xact_start, p.prepared), a.query, p.gid
        FROM pg_locks l
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN pg_prepared_xacts p ON p.transaction = l.transactionid
        WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid IS DISTINCT FROM $1
        ORDER BY 3 DESC NULLS LAST
        """,
        r => new CopyWarning(CopyWarningKind.SnapshotWaits, r.IsDBNull(0) ? null : r.GetInt32(0), r.TextOrNull(1),
            r.IsDBNull(2) ? TimeSpan.Zero : r.GetFieldValue<TimeSpan>(2), r.IsDBNull(4) ? r.TextOrNull(3) : $"PREPARE TRANSACTION {r.GetString(4)}", Table: null),
        ct, walsender);
}
