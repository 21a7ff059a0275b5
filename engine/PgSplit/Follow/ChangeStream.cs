using System.Threading.Channels;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.Internal;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// One direction of a move (PROTOCOL 1.0, 1.4): reads the changes of one side from its slot and writes them on the other, exactly once,
/// until it is stopped. A lost connection is normal and mended by itself; what can't be mended ends the stream with <see cref="Fault"/>.
/// </summary>
sealed class ChangeStream : IAsyncDisposable
{
    const long MostBytesAhead = 32 << 20;
    const int MostRowsACommit = 20_000;
    static readonly TimeSpan MostTimeACommit = TimeSpan.FromMilliseconds(200);

    // So long at most, and not while it has nothing to do: the other stream must not be kept waiting by one that stands still.
    static readonly TimeSpan LongestCatchUp = TimeSpan.FromSeconds(20);
    // A server takes a moment before the first of much comes: that is not nothing.
    static readonly TimeSpan NothingToDo = TimeSpan.FromSeconds(2);

    // The sender's next piece of much, and not worth a commit in between.
    static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    readonly StreamPlan _plan;
    readonly CancellationTokenSource _stop = new();
    readonly Lock _lock = new();
    readonly List<(NpgsqlLogSequenceNumber Position, TaskCompletionSource Reached)> _waiting = [];
    Task _running = Task.CompletedTask;
    long _bytesAhead;
    NpgsqlLogSequenceNumber _behindUntil;
    long _connectedAt;
    volatile bool _isBehind;

    public ChangeStream(StreamPlan plan) => _plan = plan;

    public Gate Gate { get; } = new();

    /// <summary>All before it is durable on the receiving side.</summary>
    public NpgsqlLogSequenceNumber Progress { get; private set; }

    /// <summary>Rows written, rows left out because they came from the other stream, and runs that had to go one by one.</summary>
    public long Applied { get; private set; }
    public long Dropped { get; private set; }
    public long OneByOneRuns { get; private set; }

    /// <summary>Whether it is still to apply what had been written before it connected.</summary>
    public bool IsCatchingUp => _isBehind && TimeProvider.System.GetElapsedTime(Interlocked.Read(ref _connectedAt)) < LongestCatchUp;

    /// <summary>Why the stream ended for good; null while it runs.</summary>
    public BrokenException? Fault { get; private set; }

    public void Start()
    {
        // Until it is known how far behind it is, it may be far.
        (_connectedAt, _isBehind) = (TimeProvider.System.GetTimestamp(), true);
        _running = Task.Run(() => SuperviseAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Waits for what the stream brings about, but not for a stream that has ended.</summary>
    /// <exception cref="BrokenException">It has.</exception>
    public async Task UntilAsync(Task task, CancellationToken ct)
    {
        while (await Task.WhenAny(task, Task.Delay(200, ct)) != task)
        {
            if (Fault is not null)
                throw Fault;
            ct.ThrowIfCancellationRequested();
        }

        await task;
    }

    /// <summary>Until all that was committed before a position is durable on the receiving side.</summary>
    /// <exception cref="BrokenException">The stream has ended.</exception>
    public Task ReachedAsync(NpgsqlLogSequenceNumber position, CancellationToken ct)
    {
        lock (_lock)
        {
            if (Fault is not null)
                throw Fault;
            if (Progress > position)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((position, reached));
            return reached.Task.WaitAsync(ct);
        }
    }

    async Task SuperviseAsync(CancellationToken ct)
    {
        var pause = TimeSpan.FromMilliseconds(50);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var before = Progress;
                await FollowAsync(ct);
                if (Progress > before)
                    pause = TimeSpan.FromMilliseconds(50);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Passes(e))
            {
                // Another connection is tried.
            }
            catch (Exception e)
            {
                Break(e as BrokenException ?? new BrokenException($"a change can't be applied: {(e as PostgresException)?.MessageText ?? e.Message}", e));
                return;
            }

            try
            {
                await Task.Delay(pause, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = TimeSpan.FromMilliseconds(Math.Min(pause.TotalMilliseconds * 2, 5_000));
        }
    }

    // Servers that are stopped or restarted, sessions that were ended, an origin or slot that its last user has not let go of yet, a disk that is full.
    static bool Passes(Exception e) => e switch
    {
        PostgresException p => p.SqlState[..2] is "08" or "40" or "53" or "57" or "58" || p.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable,
        BrokenException => false,
        PgSplitException p => p.ExitCode == ExitCode.Unreachable,
        NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException => true,
        _ => false,
    };

    void Break(BrokenException fault)
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            Fault = fault;
            waiting = _waiting.ConvertAll(w => w.Reached);
            _waiting.Clear();
        }

        foreach (var reached in waiting)
            reached.TrySetException(fault);
    }

    async Task FollowAsync(CancellationToken ct)
    {
        await using var session = await ApplySession.OpenAsync(_plan.To, _plan.Origin, _plan.MoveId, _plan.SendingSide, _plan.KeysChange ? _plan.From : null, _plan.Flaws is { } flaws ? (_plan.From, flaws) : null, ct);
        Reached(session.Progress);
        _behindUntil = await SlotCheck.EnsureAsync(_plan, session.Progress, ct);
        Interlocked.Exchange(ref _connectedAt, TimeProvider.System.GetTimestamp());
        _isBehind = _behindUntil > session.Progress;
        // A sender reads all of its server's WAL, whether it has something to send or not: that can wait, too.
        await YieldAsync(ct);
        await using var sender = await _plan.From.OpenReplicationAsync($"stream {_plan.MoveId}", ct);

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var changes = Channel.CreateBounded<Change>(new BoundedChannelOptions(20_000) { SingleReader = true, SingleWriter = true });
        Interlocked.Exchange(ref _bytesAhead, 0);
        var decoder = new PgOutputDecoder(_plan.MoveId, _plan.DroppedOrigin, _plan.Match);
        var reading = ReadAsync(sender, decoder, session.Progress, changes.Writer, linked.Token);
        try
        {
            await ApplyAsync(session, sender, decoder, changes.Reader, linked.Token);
        }
        finally
        {
            _isBehind = false;
            await linked.CancelAsync();
            try
            {
                await reading;
            }
            catch (Exception e) when (e is not BrokenException)
            {
                // Its error reached the other end of the channel already, or it was stopped by us.
            }
        }
    }

    async ValueTask YieldAsync(CancellationToken ct)
    {
        while (_plan.Yields())
            await Task.Delay(20, ct);
    }

    async Task ReadAsync(LogicalReplicationConnection sender, PgOutputDecoder decoder, NpgsqlLogSequenceNumber from, ChannelWriter<Change> changes, CancellationToken ct)
    {
        try
        {
            // Without the server's streaming of open transactions: it spills them to its own disk, and all that arrives is committed.
            var options = new Dictionary<string, string>
            {
                ["proto_version"] = "1",
                ["publication_names"] = Sql.Name(_plan.Publication),
                ["messages"] = "true",
            };
            await foreach (var message in sender.StartLogicalReplication(new PgOutputSlot(_plan.Slot), ct, from, options!, bypassingStream: false))
            {
                var bytes = new byte[message.Data.Length];
                await message.Data.ReadExactlyAsync(bytes, ct);
                await YieldAsync(ct);
                if (decoder.Decode(bytes) is not { } change)
                    continue;
                Interlocked.Add(ref _bytesAhead, change.Bytes);
                await changes.WriteAsync(change, ct);
                while (Interlocked.Read(ref _bytesAhead) > MostBytesAhead)
                    await Task.Delay(1, ct);
            }

            throw new IOException("the server ended the stream");
        }
        catch (Exception e)
        {
            changes.TryComplete(e);
            throw;
        }
    }

    async Task ApplyAsync(ApplySession session, LogicalReplicationConnection sender, PgOutputDecoder decoder, ChannelReader<Change> changes, CancellationToken ct)
    {
        NpgsqlLogSequenceNumber finalLsn = default, endLsn = default;
        DateTimeOffset committedAt = default;
        var begun = Environment.TickCount64;
        var rows = 0;
        var within = false;
        while (true)
        {
            if (!changes.TryRead(out var change))
            {
                if (_isBehind && session.HasWork && await MoreSoonAsync(changes, ct))
                    continue;
                if (!within)
                    await CommitAsync();
                await IdleAsync(changes, within, ct);
                continue;
            }

            Interlocked.Add(ref _bytesAhead, -change.Bytes);
            switch (change.Kind)
            {
                case ChangeKind.Begin:
                    finalLsn = change.FinalLsn;
                    if (Gate.StopsBefore(finalLsn))
                    {
                        await CommitAsync();
                        await Gate.WaitAsync(finalLsn, ct);
                    }

                    within = true;
                    break;
                case ChangeKind.Commit:
                    within = false;
                    (endLsn, committedAt) = (change.EndLsn, change.CommittedAt);
                    // Transactions that are waiting already are written together, in one commit.
                    if (rows >= MostRowsACommit || Environment.TickCount64 - begun >= MostTimeACommit.TotalMilliseconds)
                        await CommitAsync(waits: !_isBehind);
                    break;
                case ChangeKind.Barrier or ChangeKind.Heartbeat:
                    await session.TakeAsync(change, ct);
                    break;
                case ChangeKind.Truncate:
                    if (change.Relations.Where(r => !HasAlready(r, finalLsn)).ToList() is not { Count: > 0 } truncated)
                        break;
                    if (_plan.IsClosed() && await Breach.IsOneAsync(_plan, ct))
                        await session.QuarantineAsync(change, ct);
                    else
                        await session.TakeAsync(new Change { Kind = ChangeKind.Truncate, Relations = truncated, RestartIdentity = change.RestartIdentity }, ct);
                    break;
                default:
                    if (HasAlready(change.Relation!, finalLsn))
                        break;
                    if (_plan.IsClosed() && await Breach.IsOneAsync(_plan, ct))
                        await session.QuarantineAsync(change, ct);
                    else
                        await session.TakeAsync(change, ct);
                    rows++;
                    break;
            }
        }

        // Where much is waiting, the server is not kept waiting for what is next.
        async Task CommitAsync(bool waits = true)
        {
            if (endLsn > session.Progress && session.HasWork)
                await (waits ? session.CommitAsync(endLsn, committedAt, ct) : session.BeginCommitAsync(endLsn, committedAt, ct));

            (Applied, Dropped, OneByOneRuns) = (session.Applied, decoder.Dropped, session.OneByOneRuns);
            sender.SetReplicationStatus(session.Progress);
            Reached(session.Progress);
            if (session.Progress >= _behindUntil)
                _isBehind = false;
            rows = 0;
            begun = Environment.TickCount64;
        }
    }

    // The copy has it, or will have it (start rule, PROTOCOL 1.3 step 6).
    static bool HasAlready(RelationMap relation, NpgsqlLogSequenceNumber finalLsn) =>
        relation.CopiedAt is { } copiedAt && (copiedAt() is not { } lsn || lsn > finalLsn);

    static async Task<bool> MoreSoonAsync(ChannelReader<Change> changes, CancellationToken ct)
    {
        var more = changes.WaitToReadAsync(ct).AsTask();
        return await Task.WhenAny(more, Task.Delay(Soon, ct)) == more && await more;
    }

    async Task IdleAsync(ChannelReader<Change> changes, bool within, CancellationToken ct)
    {
        var changed = Gate.Changed;
        if (!within)
            Gate.Idle();
        var more = changes.WaitToReadAsync(ct).AsTask();
        if (_isBehind && await Task.WhenAny(more, changed, Task.Delay(NothingToDo, ct)) is var first && first != more && first != changed)
            _isBehind = false;
        await Task.WhenAny(more, changed);
        if (more.IsCompleted && !await more)
            await changes.Completion;
    }

    void Reached(NpgsqlLogSequenceNumber progress)
    {
        List<TaskCompletionSource> reached;
        lock (_lock)
        {
            Progress = progress;
            reached = [.. _waiting.Where(w => progress > w.Position).Select(w => w.Reached)];
            _waiting.RemoveAll(w => progress > w.Position);
        }

        foreach (var one in reached)
            one.TrySetResult();
    }

    sealed class PgOutputSlot(string name) : LogicalReplicationSlot("pgoutput", new ReplicationSlotOptions(name));
}
