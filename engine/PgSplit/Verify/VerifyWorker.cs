using System.Collections.Concurrent;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>A session on each side that sees the pair's snapshots, and one for the state.</summary>
sealed class VerifyWorker : IAsyncDisposable
{
    readonly NpgsqlConnection _receiving, _stateConnection;
    readonly SnapshotPair _snapshots;
    readonly HashSet<QualifiedName> _held = [];

    VerifyWorker(NpgsqlConnection reading, NpgsqlConnection receiving, NpgsqlConnection state, string moveId, SnapshotPair snapshots)
    {
        (Reading, _receiving, _stateConnection, _snapshots) = (reading, receiving, state, snapshots);
        State = new VerifyState(state, moveId);
    }

    public NpgsqlConnection Reading { get; }
    public VerifyState State { get; }

    public static async Task<VerifyWorker> OpenAsync(PgServer reading, PgServer receiving, PgServer state, string moveId, SnapshotPair snapshots, CancellationToken ct)
    {
        var opened = new List<NpgsqlConnection>();
        try
        {
            opened.Add(await reading.OpenAtAsync("verify", snapshots.ReadingSnapshot, ct));
            opened.Add(await receiving.OpenAtAsync("verify", snapshots.ReceivingSnapshot, ct));
            opened.Add(await state.OpenAsync("verify state", ct));
            foreach (var connection in opened.Take(2))
                // Keys whose index gives no order in bytes are sorted.
                await connection.ExecuteAsync("SET LOCAL work_mem = '64MB'", ct);
            return new VerifyWorker(opened[0], opened[1], opened[2], moveId, snapshots);
        }
        catch
        {
            foreach (var connection in opened)
                await connection.DisposeAsync();
            throw;
        }
    }

    public async Task RunAsync(
        ConcurrentQueue<(Verification.Whole Whole, KeyRange Range)> queue, Verification.Report report,
        ConcurrentDictionary<QualifiedName, VerifiedTable> results, CancellationToken ct)
    {
        while (queue.TryDequeue(out var next))
        {
            var (whole, range) = next;
            try
            {
                await HoldAsync(whole, ct);
                void Add(long rows, long bytes) => report.Add(whole.Table, rows, bytes);
                if (whole.Table.HasKey)
                    await TableComparison.RunAsync(Reading, _receiving, State, whole.Table, range, _snapshots.Lsn, Add, ct);
                else
                    await new MultisetComparison(Reading, _receiving, whole.Table).RunAsync(State, range, _snapshots.Lsn, Add, ct);
            }
            catch (Exception e) when (e is NpgsqlException or IOException && !ct.IsCancellationRequested)
            {
                throw Failures.Explain(e, $"{whole.Table} can't be compared");
            }

            await Failpoint.HitAsync("verify.range-done");
            if (!whole.PartDone())
                continue;
            results[whole.Table.Name] = await State.FinishAsync(whole.Table, whole.Partitions, ct);
            await Failpoint.HitAsync("verify.table-done");
        }
    }

    /// <summary>A table that was truncated after the snapshot reads as empty in it: that would be no difference, but a wrong question.</summary>
    public async Task HoldAsync(Verification.Whole whole, CancellationToken ct)
    {
        if (!_held.Add(whole.Table.Name))
            return;
        foreach (var (connection, rows) in new[] { (Reading, whole.Table.Reading), (_receiving, whole.Table.Receiving) })
        {
            if ((await connection.HoldAsync([whole.Table with { Name = rows?.Table ?? whole.Table.Name }, .. whole.Partitions], ct)).Count > 0)
                throw new PgSplitException(ExitCode.Failed, $"{whole.Table} was rewritten or truncated after the snapshot was taken", "verify again");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Reading.DisposeAsync();
        await _receiving.DisposeAsync();
        await _stateConnection.DisposeAsync();
    }
}
