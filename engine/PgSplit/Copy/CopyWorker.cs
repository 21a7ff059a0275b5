using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>A session on each side, taking chunk after chunk.</summary>
sealed class CopyWorker : IAsyncDisposable
{
    readonly int _number;
    readonly string _moveId;
    readonly NpgsqlLogSequenceNumber _snapshot;
    readonly NpgsqlConnection _source, _target;
    readonly HashSet<QualifiedName> _held = [];

    CopyWorker(int number, string moveId, NpgsqlLogSequenceNumber snapshot, NpgsqlConnection source, NpgsqlConnection target) =>
        (_number, _moveId, _snapshot, _source, _target) = (number, moveId, snapshot, source, target);

    public static async Task<CopyWorker> OpenAsync(int number, PgServer source, PgServer target, string moveId, CopySnapshot snapshot, CancellationToken ct)
    {
        var reading = await snapshot.ImportAsync(source, "copy", ct);
        try
        {
            var writing = await target.OpenAsync("copy", ct);
            await writing.BecomeReplicaAsync(ct);
            return new CopyWorker(number, moveId, snapshot.Lsn, reading, writing);
        }
        catch
        {
            await reading.DisposeAsync();
            throw;
        }
    }

    public async Task RunAsync(
        ConcurrentQueue<CopyChunk> queue, Func<int>? active, CopyReport report, Action<IEnumerable<CopiedTable>> done, CancellationToken ct)
    {
        while (!queue.IsEmpty)
        {
            if (active is not null && _number >= active())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
                continue;
            }

            if (!queue.TryDequeue(out var chunk))
                break;
            await HoldAsync(chunk, ct);
            await TableCopy.RunAsync(_source, _target, _moveId, chunk, _snapshot, report.Of(chunk), ct);
            report.ChunkDone(chunk);
            await Failpoint.HitAsync("copy.chunk-done");
            if (!chunk.Unit.ChunkDone())
                continue;
            done(await CopyState.UnitDoneAsync(_target, _moveId, chunk.Unit, _snapshot, ct));
            await Failpoint.HitAsync("copy.table-done");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }

    /// <summary>The group's own lock should have kept the table as it is; if that session died, this one finds out before it reads nothing.</summary>
    async Task HoldAsync(CopyChunk chunk, CancellationToken ct)
    {
        if (_held.Add(chunk.Table.Name) && (await _source.HoldAsync([chunk.Table], ct)).Count > 0)
            throw new PgSplitException(ExitCode.Failed, $"{chunk.Table} was rewritten or truncated while it was copied", "resume: it is copied again");
    }
}
