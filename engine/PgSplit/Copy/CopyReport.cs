using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>Tells while copying how far it is: those who asked four times a second, other terminals by the state, and whoever is waited for.</summary>
sealed class CopyReport(string moveId, IReadOnlyList<CopyChunk> chunks, IProgress<MoveProgress>? progress, Action<CopyWarning>? warn)
{
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250), StatePace = TimeSpan.FromSeconds(3), WatchPace = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<QualifiedName, Count> _tables = new();
    readonly long _total = chunks.Sum(c => c.Bytes);
    readonly Stopwatch _elapsed = Stopwatch.StartNew();
    long _rows, _chunksDone;
    volatile string? _object;

    /// <summary>What counts a chunk's rows and bytes as they pass.</summary>
    public Action<long, long> Of(CopyChunk chunk)
    {
        _object = chunk.Table.ToString();
        var table = _tables.GetOrAdd(chunk.Table.Name, _ => new Count());
        return (rows, bytes) =>
        {
            Interlocked.Add(ref _rows, rows);
            Interlocked.Add(ref table.Rows, rows);
            Interlocked.Add(ref table.Bytes, bytes);
        };
    }

    public void ChunkDone(CopyChunk chunk)
    {
        Interlocked.Add(ref _chunksDone, chunk.Bytes);
        Interlocked.Add(ref _tables[chunk.Table.Name].Done, chunk.Bytes);
    }

    public async Task RunAsync(PgServer source, PgServer target, Task copying, CancellationToken ct)
    {
        await using var watch = await source.OpenAsync("copy watch", ct);
        await using var state = await target.OpenAsync("copy progress", ct);
        var oids = chunks.Select(c => c.Table.Oid).Distinct().ToArray();
        var told = new HashSet<CopyWarning>(CopyWarning.ByWho);
        var (stated, watched) = (TimeSpan.Zero, TimeSpan.Zero);
        while (!copying.IsCompleted)
        {
            await Task.WhenAny(copying, Task.Delay(Pace, ct));
            ct.ThrowIfCancellationRequested();
            progress?.Report(Now());
            if (_elapsed.Elapsed - watched > WatchPace)
            {
                watched = _elapsed.Elapsed;
                foreach (var waiting in (await WaitingAsync(watch, oids, ct)).Where(told.Add))
                    warn?.Invoke(waiting);
            }

            if (_elapsed.Elapsed - stated > StatePace)
            {
                stated = _elapsed.Elapsed;
                await CopyState.ProgressAsync(state, moveId, [.. _tables.Select(t => (t.Key, Interlocked.Read(ref t.Value.Rows), Interlocked.Read(ref t.Value.Bytes)))], ct);
            }
        }

        // A small copy may be over before it was first looked at.
        progress?.Report(Now());
    }

    /// <summary>Bytes are the source's on disk: what COPY makes of them is known only afterwards, and would never come to 100 %.</summary>
    MoveProgress Now()
    {
        var running = _tables.Values.Sum(t => Math.Max(0, Interlocked.Read(ref t.Bytes) - Interlocked.Read(ref t.Done)));
        var done = Interlocked.Read(ref _chunksDone);
        return new MoveProgress("copy", _object, Interlocked.Read(ref _rows), done + Math.Min(running, Math.Max(0, _total - done)), _total, _elapsed.Elapsed);
    }

    static Task<List<CopyWarning>> WaitingAsync(NpgsqlConnection watch, uint[] tables, CancellationToken ct) => watch.QueryAsync(
        """
        SELECT l.pid, a.datname::text, clock_timestamp() - l.waitstart, a.query, s.nspname, c.relname
        FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace s ON s.oid = c.relnamespace
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND l.locktype = 'relation' AND l.relation = ANY ($1) AND l.mode = 'AccessExclusiveLock'
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.waitstart < clock_timestamp() - interval '1 s'
        """,
        r => new CopyWarning(CopyWarningKind.WaitsForCopy, r.GetInt32(0), r.TextOrNull(1), r.GetFieldValue<TimeSpan>(2), r.TextOrNull(3), new QualifiedName(r.GetString(4), r.GetString(5))),
        ct, tables);

    sealed class Count
    {
        public long Rows, Bytes, Done;
    }
}
