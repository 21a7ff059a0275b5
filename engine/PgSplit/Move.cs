using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Ddl;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Shape;
using PgSplit.Switch;
using PgSplit.Verify;

namespace PgSplit;

/// <summary>
/// One move, from beginning to end: reads as the runbook (PROTOCOL section 1). Whoever has it holds the move's lock, so nobody else
/// works on it. Every step can be repeated; one that has been done does nothing.
/// </summary>
sealed class Move : IAsyncDisposable
{
    readonly MoveDefinition _definition;
    readonly MoveLock _lock;
    readonly PgServer _source, _target;
    readonly IProgress<MoveProgress>? _progress;
    readonly Action<string>? _say;
    Streams? _streams;
    MoveSet? _set;
    ShapeSet? _shapes;

    Move(MoveDefinition definition, MoveLock held, IProgress<MoveProgress>? progress, Action<string>? say)
    {
        (_definition, _lock, _progress, _say) = (definition, held, progress, say);
        (_source, _target) = (new PgServer(definition.Source), new PgServer(definition.Target));
    }

    /// <summary>Both streams, once the copy is done; null before.</summary>
    internal Streams? Streams => _streams;

    internal MoveDefinition Definition => _definition;

    /// <summary>Takes the move's lock, mends what a crash has left, and sets the streams going where they should be.</summary>
    /// <param name="say">Told, in a sentence, what is done and what is waited for.</param>
    /// <returns>Null where another process has the move.</returns>
    public static async Task<Move?> TryOpenAsync(MoveDefinition definition, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        if (await MoveLock.TryTakeAsync(definition, ct) is not { } held)
            return null;
        var move = new Move(definition, held, progress, say);
        try
        {
            await move.RecoverAsync(ct);
            return move;
        }
        catch
        {
            await move.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_streams is not null)
            await _streams.DisposeAsync();
        await _lock.DisposeAsync();
    }

    /// <summary>Makes everything that a move stands on, on both sides, without touching a row (PROTOCOL 1.2).</summary>
    public async Task PrepareAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("prepare", ct);
        await using var target = await _target.OpenAsync("prepare", ct);
        if (await BegunAsync(source, target, ct) is not MoveState.Planned)
            return;

        var set = _set = await MoveSet.ReadAsync(source, _definition.Tables, ct);
        IdentityCheck.Ensure(set.Tables);
        foreach (var said in await ShapedMove.CreateTablesAsync(source, target, _definition, set, ct))
            _say?.Invoke(said);
        // A change of shape may have given tables another row identity.
        (set, _shapes) = (_set = await MoveSet.ReadAsync(source, _definition.Tables, ct), null);
        await CopyState.EnsureAsync(target, _definition.Id, set.Tables, ct);
        await Failpoint.HitAsync("prepare.tables");

        await GuardAsync(source, set, ct);
        await GuardAsync(target, set with { Named = _definition.TargetTables }, ct);
        await Failpoint.HitAsync("prepare.guard");

        // The publication before the slot, and the slot before anybody could write on the target.
        await StreamObjects.PublishAsync(source, _definition.ObjectName, _definition.Tables, ct);
        await Failpoint.HitAsync("prepare.published");
        await SlotAsync(_source, source, target, "f", ct);
        await Failpoint.HitAsync("prepare.slot");

        await Fence.LoadAsync(target, _definition.Id, _source.Address.Route, ct);
        await Fence.InstallAsync(target, _definition.Id, await TargetTablesAsync(target, set, ct), ct);
        await Fence.OpenAsync(source, _definition.Id, ct);
        await Fence.InstallAsync(source, _definition.Id, set.Tables, ct);
        await Failpoint.HitAsync("prepare.fenced");
        await StateAsync(target, MoveState.Prepared, null, ct);
    }

    /// <summary>
    /// Closes the source to its clients before anything is copied, for those who prefer a window. Until the switch nobody may write; to
    /// cancel opens it again.
    /// </summary>
    public async Task TakeOfflineAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("offline", ct);
        if (await Journal.ReadAsync(source, _definition.Id, ct) is not { Open: true, Owner: Side.Source } record)
            return;
        await using var transaction = await source.BeginTransactionAsync(ct);
        await Fence.CloseAsync(source, _definition.Id, record.Epoch, Side.Source.Letter(), _target.Address.Route, ct);
        await source.ExecuteAsync("UPDATE pgsplit.move SET open = false, updated_at = clock_timestamp() WHERE move_id = $1 AND epoch = $2", ct, _definition.Id, record.Epoch);
        await Journal.EventAsync(source, _definition.Id, "offline", new { record.Epoch }, ct);
        await transaction.CommitAsync(ct);
        await Failpoint.HitAsync("offline.closed");
    }

    /// <summary>Copies what is not copied yet, builds what belongs to it, and catches up (PROTOCOL 1.3).</summary>
    public async Task CopyAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("copy", ct);
        await using var target = await _target.OpenAsync("copy", ct);
        switch (await StateAsync(target, ct))
        {
            case MoveState.Planned:
                throw new PgSplitException(ExitCode.Refused, $"the move {_definition.Id} is not prepared", "pgsplit prepare");
            case not (MoveState.Prepared or MoveState.Copying or MoveState.CatchingUp or MoveState.Paused):
                return;
        }

        var set = await SetAsync(source, ct);
        var shapes = await ShapesAsync(source, target, ct);
        var ddl = await ShapeState.DdlAsync(target, _definition.Id, ct);
        await StateAsync(target, MoveState.Copying, null, ct);
        await using (var streams = await OpenStreamsAsync(source, target, ct))
        {
            var started = false;
            foreach (var group in Groups(set.Tables))
            {
                if (started)
                    await streams.Forward.UntilAsync(streams.Forward.Gate.HoldAsync(ct), ct);
                var copied = await CopyGroup.RunAsync(_source, _target, _definition.Id, [.. group.Select(shapes.Copied)], _definition.Options, _progress, new CopyHooks { Warn = w => _say?.Invoke(w.ToString()!) }, ct);
                var part = set with { Tables = [.. group.Where(t => !shapes.Has(t.Name))] };
                var shaped = group.Where(t => shapes.Has(t.Name)).Select(t => ddl[t.Name]).ToList();
                await TargetIndexes.BuildKeysAsync(source, _target, part, Indexes, _progress, ct);
                await ShapedIndexes.BuildKeysAsync(_target, shaped, Indexes.Workers, _progress, ct);
                await Failpoint.HitAsync("copy.keys");
                foreach (var warning in await TargetIndexes.BuildOthersAsync(source, _target, part, Indexes, _progress, ct))
                    _say?.Invoke(warning);
                await ShapedIndexes.BuildOthersAsync(_target, shaped, Indexes.Workers, _progress, ct);
                await Failpoint.HitAsync("copy.indexes");
                foreach (var table in copied.Tables)
                    streams.Copied(table.Name, table.At);
                if (started)
                    streams.Forward.Gate.Release();
                else
                    streams.Forward.Start();
                started = true;
            }
        }

        await FinishAsync(source, target, shapes.IsEmpty ? set : await ShapedMove.PlainAsync(source, _definition, [.. shapes.Tables], ct), [.. ddl.Values], ct);
    }

    // What the stream back stands on exists before the target can be written to for the first time (I3).
    async Task FinishAsync(NpgsqlConnection source, NpgsqlConnection target, MoveSet set, IReadOnlyList<ShapedDdl> shaped, CancellationToken ct)
    {
        await StateAsync(target, MoveState.CatchingUp, null, ct);
        var finish = await TargetFinish.RunAsync(source, target, _target, _definition.Id, set, _definition.Options.Workers, ct);
        foreach (var said in finish.LeftOut)
            _say?.Invoke(said);
        await ShapedIndexes.FinishAsync(target, shaped, ct);
        await Failpoint.HitAsync("copy.finished");
        if (await CatalogDiff.CompareAsync(source, target, set, ct) is { Count: > 0 } differences)
        {
            throw new PgSplitException(
                ExitCode.Differences, $"the target's schema is not the source's: {string.Join("; ", differences.Take(10))}", "mend it by hand on the target (`pgsplit ddl allow`), then `pgsplit resume`");
        }

        await StreamObjects.PublishAsync(target, _definition.ObjectName, _definition.TargetTables, ct);
        await SlotAsync(_target, target, source, "r", ct);
        await Failpoint.HitAsync("copy.slot-back");
        var record = (await Journal.ReadAsync(target, _definition.Id, ct))!;
        await Fence.CloseAsync(target, _definition.Id, record.Epoch, Side.Source.Letter(), _source.Address.Route, ct);
        await Failpoint.HitAsync("copy.closed");

        await StartStreamsAsync(source, target, ct);
        var barrier = await BarrierMessage.EmitAsync(source, _definition.Id, record.Epoch, ct);
        await _streams!.Forward.ReachedAsync(barrier, ct);
        await StateAsync(target, MoveState.InSync, null, ct);
    }

    /// <summary>Compares every row of both sides while both are in use (PROTOCOL 1.7).</summary>
    public async Task<VerificationResult> VerifyAsync(CancellationToken ct)
    {
        await using var target = await _target.OpenAsync("verify", ct);
        var sides = await SidesAsync(target, "verified", ct);
        await target.ExecuteAsync("UPDATE pgsplit.move_table SET verified_at = NULL WHERE move_id = $1", ct, _definition.Id);
        await target.ExecuteAsync("DELETE FROM pgsplit.diff WHERE move_id = $1", ct, _definition.Id);
        foreach (var server in new[] { sides.From, sides.To })
        {
            // What a write past a fence has changed before this is found now, or was undone.
            await using var session = await server.OpenAsync("verify", ct);
            await session.ExecuteAsync("UPDATE pgsplit.breach SET seen = true WHERE move_id = $1", ct, _definition.Id);
        }

        VerificationResult result;
        await using (var pair = await HeldPair.TakeAsync(_definition.Id, sides, _streams!.From(sides.Closing), _say, async receiving =>
        {
            await receiving.ExecuteAsync("DELETE FROM pgsplit.touched WHERE move_id = $1", ct, _definition.Id);
            _streams.RemembersKeys = true;
        }, ct))
        {
            result = await Verification.RunAsync(sides.From, sides.To, _target, _definition.Id, sides.Compared, pair.Snapshots, _definition.Options, resume: false, _progress, ct);
        }

        await Failpoint.HitAsync("verify.compared");
        await TouchedKeys.ReduceAsync(_definition.Id, sides, _streams!.From(sides.Closing), target, _say, ct);
        await Journal.EventAsync(target, _definition.Id, "verified", new { rows = result.Rows, differences = result.Differences }, ct);
        return result;
    }

    /// <summary>Makes the rows that a verification found to differ what they are on the open side. Verify again afterwards.</summary>
    public async Task<Repaired> RepairAsync(CancellationToken ct)
    {
        await using var target = await _target.OpenAsync("repair", ct);
        var sides = await SidesAsync(target, "repaired", ct);
        var differences = (await TouchedKeys.DifferencesAsync(target, _definition.Id, ct)).GroupBy(d => d.Table).ToList();
        if (differences.Count == 0)
            return new Repaired(0, 0, 0);

        var total = new Repaired(0, 0, 0);
        await using var pair = await HeldPair.TakeAsync(_definition.Id, sides, _streams!.From(sides.Closing), _say, null, ct, release: false);
        // The stream lets its origin go, so that the repair can write under it and the other stream does not carry it back.
        await _streams.StopAsync(sides.Closing);
        try
        {
            await using var reading = await sides.From.OpenAtAsync("repair", pair.Snapshots.ReadingSnapshot, ct);
            await using var receiving = await sides.To.OpenAsync("repair", ct);
            await receiving.ExecuteAsync("SET session_replication_role = replica", ct);
            await receiving.ExecuteAsync("SELECT pg_replication_origin_session_setup($1)", ct, _streams.OriginOf(sides.Closing));
            await using var transaction = await receiving.BeginTransactionAsync(ct);
            foreach (var table in differences)
            {
                var compared = sides.Compared.First(t => t.Name == table.Key);
                // The source gets what the stream back would write.
                var done = sides.Closing == Side.Target && compared.Receiving is not null
                    ? await ShapedRepair.RunAsync(reading, receiving, _target, _definition.Id, _shapes!.ProjectionOf(compared.Reading!.Table, forward: false)!, [.. table], ct)
                    : await Repair.RunAsync(reading, receiving, compared, [.. table], ct);
                total = new Repaired(total.Inserted + done.Inserted, total.Updated + done.Updated, total.Deleted + done.Deleted);
            }

            await transaction.CommitAsync(ct);
            await Failpoint.HitAsync("repair.written");
        }
        finally
        {
            await _streams.RestartAsync(sides.Closing);
        }

        await target.ExecuteAsync("UPDATE pgsplit.move_table SET verified_at = NULL WHERE move_id = $1", ct, _definition.Id);
        await target.ExecuteAsync("DELETE FROM pgsplit.diff WHERE move_id = $1", ct, _definition.Id);
        await Journal.EventAsync(target, _definition.Id, "repaired", total, ct);
        return total;
    }

    /// <summary>Takes the writes to the target, or back to the source (PROTOCOL 1.8).</summary>
    /// <param name="closing">The side that has the writes now. Where the other has them already, nothing is done.</param>
    /// <param name="acceptDifferences">So many known differences do not stop it.</param>
    public async Task<SwitchReport> SwitchAsync(Side closing, bool dryRun, int acceptDifferences, CancellationToken ct)
    {
        await using var target = await _target.OpenAsync("switch", ct);
        await using var source = await _source.OpenAsync("switch", ct);
        var record = (await Journal.ReadAsync(closing == Side.Source ? source : target, _definition.Id, ct))
            ?? throw new PgSplitException(ExitCode.Refused, $"there is no move {_definition.Id}", "pgsplit start");
        if (!record.Open && record.Owner != closing)
            return new SwitchReport(record.Epoch, record.Owner.Letter(), TimeSpan.Zero, null, 0, 0, []);

        var sides = await SidesAsync(target, closing == Side.Source ? "switched" : "reversed", ct);
        await EnsureUntouchedAsync(sides, ct);
        await EnsureVerifiedAsync(source, target, sides, acceptDifferences, ct);
        using var hooks = new HookRunner(_definition);
        await hooks.RunAsync(HookMoment.Pre, record.Epoch, closing, sides.From.Address, ct);
        await TouchedKeys.ReduceAsync(_definition.Id, sides, _streams!.From(closing), target, _say, ct);
        var predicted = await Preconditions.EnsureAsync(_definition, sides, _streams.From(closing), ct);
        if (dryRun)
            return new SwitchReport(record.Epoch, record.Owner.Letter(), predicted, null, 0, 0, []);

        await StateAsync(target, closing == Side.Source ? MoveState.Switching : MoveState.Reversing, null, ct);
        SwitchReport report;
        try
        {
            report = await new Switchover(_definition, sides, _streams.From(closing), hooks,
                (a, b, token) => TouchedKeys.CompareAsync(_definition.Id, sides.Compared, a, b, acceptDifferences, token)).RunAsync(record.Epoch, predicted, ct);
        }
        catch
        {
            await MendAsync(CancellationToken.None);
            throw;
        }

        await SettleAsync(source, target, sides, CancellationToken.None);
        await Journal.EventAsync(target, _definition.Id, "switched", new { report.Epoch, report.Owner, pause_ms = report.Pause?.TotalMilliseconds, report.Attempts }, CancellationToken.None);
        return report;
    }

    /// <summary>Takes down what only the move needed; the way back is gone then (PROTOCOL 1.9, step 14).</summary>
    public async Task CompleteAsync(CompleteOptions options, CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("complete", ct);
        await using var target = await _target.OpenAsync("complete", ct);
        var state = await StateAsync(target, ct);
        // With the way back broken there is only the way on.
        var broken = state == MoveState.Broken && await Journal.ReadAsync(target, _definition.Id, ct) is { Open: true };
        if (state is not (MoveState.Completed or MoveState.Switched) && !broken)
            throw new PgSplitException(ExitCode.Refused, $"only a switched move can be completed; {_definition.Id} is {state}", "pgsplit switch");
        if (state != MoveState.Completed && !options.Force)
            await EnsureDeliveredAsync(target, ct);

        var shapes = await ShapeState.ReadAsync(target, _definition.Id, ct);
        // By the target's names where those are the same: the source's tables may be gone already.
        var set = shapes.Count > 0 ? await MoveSet.ReadAsync(source, _definition.Tables, ct) : await SetAsync(target, ct);
        await StopStreamsAsync();
        await StateAsync(target, MoveState.Completed, null, ct);
        await Failpoint.HitAsync("complete.stopped");
        await TakeDownStreamsAsync(source, target, ct);
        await Failpoint.HitAsync("complete.streams");
        await Guard.RemoveAsync(source, _definition.Id, ct);
        await Guard.RemoveAsync(target, _definition.Id, ct);
        await Fence.RemoveAsync(target, _definition.Id, ct);
        await Failpoint.HitAsync("complete.fence");
        await ShapedMove.TakeDownAsync(source, target, _definition, ct);
        await OldTables.DisposeOfAsync(source, _definition.Id, set, options.OldTables, ct);
        await ShapedMove.ForgetAsync(target, _definition.Id, ct);
        await target.ExecuteAsync("DELETE FROM pgsplit.created WHERE move_id = $1", ct, _definition.Id);
        await target.ExecuteAsync("DELETE FROM pgsplit.touched WHERE move_id = $1", ct, _definition.Id);
        await StateAsync(source, MoveState.Completed, null, ct);
    }

    async Task EnsureDeliveredAsync(NpgsqlConnection target, CancellationToken ct)
    {
        var barrier = await BarrierMessage.EmitAsync(target, _definition.Id, 0, ct);
        try
        {
            if (_streams is null)
                throw new BrokenException("the move is broken");
            await _streams.Back.ReachedAsync(barrier, ct).WaitAsync(TimeSpan.FromSeconds(30), ct);
        }
        catch (Exception e) when (e is BrokenException or TimeoutException)
        {
            throw new PgSplitException(ExitCode.Refused, $"the source does not have all of the target's writes: {e.Message}", "pgsplit resume, or complete with --force: the old tables stay as they are now", e);
        }
    }

    /// <summary>Takes everything back that the move has made; the source goes on as if nothing had been (PROTOCOL 1.9, step 15).</summary>
    public async Task CancelAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("cancel", ct);
        await using var target = await _target.OpenAsync("cancel", ct);
        if (await Journal.ReadAsync(source, _definition.Id, ct) is not { } record)
            return;
        var state = (await Journal.ReadAsync(target, _definition.Id, ct))?.State ?? MoveState.Planned;
        if (state == MoveState.Cancelled)
            return;
        // Closed, but nobody else's: it was taken offline.
        if (!record.Open && record.Owner == Side.Target || state is MoveState.Switched or MoveState.Completed)
            throw new PgSplitException(ExitCode.Refused, $"the writes are at the target: cancelling {_definition.Id} would lose them", state == MoveState.Completed ? "the move is completed; begin one the other way" : "pgsplit reverse, then cancel");

        await StopStreamsAsync();
        // Slots first: they keep the source's WAL.
        await TakeDownStreamsAsync(source, target, ct);
        await Failpoint.HitAsync("cancel.streams");
        await Guard.RemoveAsync(source, _definition.Id, ct);
        await Guard.RemoveAsync(target, _definition.Id, ct);
        await Fence.RemoveAsync(source, _definition.Id, ct);
        await Fence.RemoveAsync(target, _definition.Id, ct);
        await Failpoint.HitAsync("cancel.fence");
        await ShapedMove.TakeDownAsync(source, target, _definition, ct);
        await TargetTables.DropAsync(target, _definition.Id, ct);
        await ShapedMove.ForgetAsync(target, _definition.Id, ct);
        await Journal.EventAsync(target, _definition.Id, "cancelled", new { }, ct);
        await StateAsync(target, MoveState.Cancelled, null, ct);
        await StateAsync(source, MoveState.Cancelled, null, ct);
    }

    /// <summary>Beats, carries sequences and watches limits, once (PROTOCOL 1.5, 1.6). Called every few seconds by who runs the move.</summary>
    public async Task TickAsync(CancellationToken ct)
    {
        await _lock.EnsureAsync(ct);
        // A verb that is being done meanwhile may stop them, and begin others.
        if (_streams is not { } streams)
            return;
        await using var source = await _source.OpenAsync("tick", ct);
        await using var target = await _target.OpenAsync("tick", ct);
        await Heartbeat.BeatAsync(source, _definition.Id, Side.Source, ct);
        await Heartbeat.BeatAsync(target, _definition.Id, Side.Target, ct);
        var set = await SetAsync(source, ct);
        var (open, closed) = streams.Owner == Side.Source ? (source, target) : (target, source);
        await Sequences.CarryAsync(open, closed, await ShapedMove.SequencesAsync(target, set, ct), final: false, ct);
        await WalBudget.EnsureAsync(_definition, source, target, streams, _say, ct);
        await FenceWatch.LookAsync(_definition, set.Tables, await TargetTablesAsync(target, set, ct), source, target, _say, ct);
        foreach (var stream in new[] { streams.Forward, streams.Back })
        {
            if (stream.Fault is { } fault && await StateAsync(target, ct) != MoveState.Broken)
                await StateAsync(target, MoveState.Broken, fault.Message, CancellationToken.None);
        }
    }

    /// <summary>Goes on after BROKEN or PAUSED, once what was wrong has been put right: streams start again where they were, fences are put back.</summary>
    public async Task ResumeAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("resume", ct);
        await using var target = await _target.OpenAsync("resume", ct);
        var state = await StateAsync(target, ct);
        if (state is MoveState.Planned or MoveState.Completed or MoveState.Cancelled)
            return;
        var set = await SetAsync(source, ct);
        var copied = state is not (MoveState.Prepared or MoveState.Copying or MoveState.CatchingUp or MoveState.Paused);
        await FenceWatch.MendAsync(source, _definition.Id, set.Tables, _target.Address, ct);
        // Before that the target's fence lets the copy through.
        if (copied)
            await FenceWatch.MendAsync(target, _definition.Id, await TargetTablesAsync(target, set, ct), _source.Address, ct);
        else
            await Fence.InstallAsync(target, _definition.Id, await TargetTablesAsync(target, set, ct), ct);
        await GuardAsync(source, set, ct);
        await GuardAsync(target, set with { Named = _definition.TargetTables }, ct);
        if (!copied)
        {
            await CopyAsync(ct);
            return;
        }

        await StopStreamsAsync();
        await StartStreamsAsync(source, target, ct);
        // All that is behind must be applied again before it counts as mended.
        var side = _streams!.Owner;
        var barrier = await BarrierMessage.EmitAsync(side == Side.Source ? source : target, _definition.Id, 0, ct);
        await _streams.From(side).ReachedAsync(barrier, ct);
        await Recovery.SettleAsync(_definition.Id, side, target, ct);
    }

    async Task RecoverAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("open", ct);
        await using var target = await _target.OpenAsync("open", ct);
        if (await Journal.ReadAsync(target, _definition.Id, ct) is not { } record || record.State is MoveState.Completed or MoveState.Cancelled or MoveState.Planned)
            return;
        DefinitionJson.EnsureSame(_definition, record.Definition);
        await MendAsync(ct);
        record = (await Journal.ReadAsync(target, _definition.Id, ct))!;
        if (record.State is MoveState.InSync or MoveState.Switched)
            await StartStreamsAsync(source, target, ct);
    }

    // After a switch that has stopped anywhere: exactly one side is open when this returns.
    async Task MendAsync(CancellationToken ct)
    {
        await using var source = await _source.OpenAsync("mend", ct);
        await using var target = await _target.OpenAsync("mend", ct);
        var sequences = await ShapedMove.SequencesAsync(target, await SetAsync(source, ct), ct);
        if (await Recovery.RunAsync(_definition, sequences, ct) is { } done)
        {
            _say?.Invoke(done);
            await Journal.EventAsync(target, _definition.Id, "recovered", new { done }, ct);
        }

        var owner = (await Journal.ReadAsync(source, _definition.Id, ct))!.Owner;
        // Or the writes of the side that was opened would be taken for breaches.
        if (_streams is not null)
            _streams.Owner = owner;
        if (await StateAsync(target, ct) is MoveState.Switching or MoveState.Reversing)
            await Recovery.SettleAsync(_definition.Id, owner, target, ct);
    }

    async Task SettleAsync(NpgsqlConnection source, NpgsqlConnection target, SwitchSides sides, CancellationToken ct)
    {
        _streams!.Owner = sides.Opening;
        await Recovery.SettleAsync(_definition.Id, sides.Opening, target, ct);
        // Both sides were equal in every one of these when it closed; from now on the other side's keys count.
        await (sides.Closing == Side.Source ? target : source).ExecuteAsync("DELETE FROM pgsplit.touched WHERE move_id = $1", ct, _definition.Id);
    }

    async Task<MoveState> BegunAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        await Journal.InstallAsync(source, ct);
        await Journal.InstallAsync(target, ct);
        await Route.GrantAsync(source, ct);
        await Route.GrantAsync(target, ct);
        var known = await Journal.ReadAsync(target, _definition.Id, ct);
        var before = await Journal.ReadAsync(source, _definition.Id, ct);
        if (known is null && before is { State: not (MoveState.Cancelled or MoveState.Completed) })
            throw new PgSplitException(ExitCode.Refused, $"the source has a move {_definition.Id} that the target knows nothing of: it is another database, or was made anew", "pgsplit cancel, then begin again");
        if ((known ?? before) is { State: MoveState.Cancelled or MoveState.Completed })
        {
            await Journal.ForgetAsync(source, _definition.Id, ct);
            await Journal.ForgetAsync(target, _definition.Id, ct);
            known = null;
        }

        if (known is not null)
        {
            DefinitionJson.EnsureSame(_definition, known.Definition);
            if (known.State != MoveState.Planned)
                return known.State;
        }

        // An application that has seen an epoch of an earlier move of this name takes no lower one.
        var epoch = known?.Epoch ?? 1 + Math.Max(await Journal.HighestEpochAsync(source, _definition.Id, ct), await Journal.HighestEpochAsync(target, _definition.Id, ct));
        var definition = DefinitionJson.Of(_definition);
        await Journal.BeginAsync(target, _definition.Id, Side.Target, epoch, definition, ct);
        await Journal.BeginAsync(source, _definition.Id, Side.Source, epoch, definition, ct);
        await Route.SetAsync(source, _definition.Id, epoch, _source.Address, ct);
        await Route.SetAsync(target, _definition.Id, epoch, _source.Address, ct);
        return MoveState.Planned;
    }

    // A slot that a crash has left before its position was noted is made again: nothing was copied from it (PROTOCOL case 9).
    async Task SlotAsync(PgServer sendingServer, NpgsqlConnection sending, NpgsqlConnection receiving, string suffix, CancellationToken ct)
    {
        var slot = $"{_definition.ObjectName}_{suffix}";
        if ((await Journal.ReadAsync(sending, _definition.Id, ct))!.SlotLsn is not null)
            return;
        if (await sending.ScalarAsync<string>("SELECT database FROM pg_replication_slots WHERE slot_name = $1", ct, slot) is { } owner && owner != sendingServer.Address.Database)
            throw new PgSplitException(ExitCode.Refused, $"another move in this cluster is called {_definition.Id} (its slot is in database {owner})", "give the service another name in the map");
        await StreamObjects.DropSlotAsync(sending, slot, ct);
        await StreamObjects.DropOriginAsync(receiving, slot, ct);
        var lsn = await StreamObjects.CreateSlotAsync(sendingServer, slot, w => _say?.Invoke($"waiting for open transactions before the slot can be made: {w}"), ct);
        await Failpoint.HitAsync($"slot-made-{suffix}");
        await StreamObjects.CreateOriginAsync(receiving, slot, lsn, ct);
        await sending.ExecuteAsync("UPDATE pgsplit.move SET slot_lsn = $2 WHERE move_id = $1", ct, _definition.Id, lsn);
    }

    // The stream that reads the side which is to open tells of writes there that nobody may have made; and without it there is no way back.
    async Task EnsureUntouchedAsync(SwitchSides sides, CancellationToken ct)
    {
        await using var opening = await sides.To.OpenAsync("switch", ct);
        var barrier = await BarrierMessage.EmitAsync(opening, _definition.Id, 0, ct);
        try
        {
            await _streams!.From(sides.Opening).ReachedAsync(barrier, ct).WaitAsync(TimeSpan.FromSeconds(30), ct);
        }
        catch (Exception e) when (e is BrokenException or TimeoutException)
        {
            throw new PgSplitException(ExitCode.Refused, $"the stream that would be the way back does not run: {e.Message}", "pgsplit status says why; then `pgsplit resume`", e);
        }
    }

    async Task EnsureVerifiedAsync(NpgsqlConnection source, NpgsqlConnection target, SwitchSides sides, int acceptDifferences, CancellationToken ct)
    {
        var verification = await StatusReader.VerificationAsync(source, target, sides.Closing, _definition, ct);
        switch (verification.State)
        {
            case "verified":
                return;
            case "failed" when verification.Differences <= acceptDifferences:
                await Journal.EventAsync(target, _definition.Id, "differences accepted", new { verification.Differences }, ct);
                return;
            case "failed":
                throw new PgSplitException(ExitCode.Differences, $"{verification.Differences} rows differ", "`pgsplit verify` lists them, `pgsplit repair` puts them right; `--accept-differences N` goes on in spite of them");
            default:
                throw new PgSplitException(ExitCode.Refused, $"the verification is {verification.State}", "pgsplit verify, then switch");
        }
    }

    async Task<SwitchSides> SidesAsync(NpgsqlConnection target, string wanted, CancellationToken ct)
    {
        var state = await StateAsync(target, ct);
        if (_streams is null || state is not (MoveState.InSync or MoveState.Switched))
            throw new PgSplitException(ExitCode.Refused, $"a move that is {state} can't be {wanted}", state == MoveState.Broken ? "pgsplit status says why; then `pgsplit resume`" : "pgsplit start");
        var closing = _streams.Owner;
        var (from, to) = closing == Side.Source ? (_source, _target) : (_target, _source);
        await using var session = await from.OpenAsync("sides", ct);
        var set = await MoveSet.ReadAsync(session, _definition.TablesAt(closing), ct);
        await using var source = await _source.OpenAsync("sides", ct);
        var shapes = await ShapesAsync(source, target, ct);
        if (closing == Side.Target && shapes.NoWayBack is { } why)
            throw new PgSplitException(ExitCode.Refused, $"a move that is {state} can't be {wanted}: there is no way back across this step but the backup, and the source is not kept up: {why}", "pgsplit complete, or give each an inverse: and begin anew");
        var targetWasOpen = !shapes.IsEmpty && await Journal.WasOpenedAsync(target, _definition.Id, ct);
        return new SwitchSides
        {
            Closing = closing,
            From = from,
            To = to,
            Tables = set.Tables,
            OpeningTables = shapes.IsEmpty ? set.Tables : await TableReader.ReadAsync(closing == Side.Source ? target : source, _definition.TablesAt(closing.Other()), ct),
            Compared = [.. set.Tables.Select(t => shapes.Compared(t, sourceReads: closing == Side.Source, targetWasOpen))],
            Sequences = await ShapedMove.SequencesAsync(target, set, ct),
        };
    }

    async Task<Streams> OpenStreamsAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        var streams = await Streams.OpenAsync(
            _definition, await TableReader.ReadAsync(source, _definition.Tables, ct), await TableReader.ReadAsync(target, _definition.TargetTables, ct), await ShapesAsync(source, target, ct), ct);
        foreach (var (table, copied) in await CopyState.DoneAsync(target, _definition.Id, ct))
            streams.Copied(table, copied.At);
        return streams;
    }

    async Task StartStreamsAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        _streams = await OpenStreamsAsync(source, target, ct);
        _streams.Owner = (await Journal.ReadAsync(source, _definition.Id, ct))!.Owner;
        // From the first comparison on, and for good: what is written has to be known whenever somebody switches.
        _streams.RemembersKeys = await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.move_table WHERE move_id = $1 AND verified_at IS NOT NULL)", ct, _definition.Id);
        _streams.Start();
    }

    async Task StopStreamsAsync()
    {
        if (_streams is not null)
            await _streams.DisposeAsync();
        _streams = null;
    }

    async Task TakeDownStreamsAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        var name = _definition.ObjectName;
        await StreamObjects.DropSlotAsync(source, $"{name}_f", ct);
        await StreamObjects.DropSlotAsync(target, $"{name}_r", ct);
        await StreamObjects.UnpublishAsync(source, name, ct);
        await StreamObjects.UnpublishAsync(target, name, ct);
        await StreamObjects.DropOriginAsync(target, $"{name}_f", ct);
        await StreamObjects.DropOriginAsync(source, $"{name}_r", ct);
    }

    async Task GuardAsync(NpgsqlConnection session, MoveSet set, CancellationToken ct)
    {
        if (await Guard.InstallAsync(session, _definition.Id, set, ct) == GuardMode.DetectOnly)
            _say?.Invoke($"guard: detect only on {session.Database} (event triggers need a superuser)");
    }

    async Task<MoveSet> SetAsync(NpgsqlConnection session, CancellationToken ct) => _set ??= await MoveSet.ReadAsync(session, _definition.Tables, ct);

    async Task<ShapeSet> ShapesAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct) =>
        _shapes ??= await ShapeSet.OpenAsync(source, target, await ShapeState.ReadAsync(target, _definition.Id, ct), ct);

    async Task<IReadOnlyList<Table>> TargetTablesAsync(NpgsqlConnection target, MoveSet set, CancellationToken ct) =>
        _definition.Shapes.Count == 0 ? set.Tables : await TableReader.ReadAsync(target, _definition.TargetTables, ct);

    IndexOptions Indexes => new() { Workers = _definition.Options.Workers };

    /// <summary>Tables in the order of their names, partitions with their root, until a group is large enough.</summary>
    IEnumerable<IReadOnlyList<Table>> Groups(IReadOnlyList<Table> tables)
    {
        var group = new List<Table>();
        foreach (var whole in tables.GroupBy(t => t.Root).OrderBy(g => g.Key))
        {
            group.AddRange(whole);
            if (group.Sum(t => t.Bytes) < _definition.Options.GroupBytes)
                continue;
            yield return group;
            group = [];
        }

        if (group.Count > 0)
            yield return group;
    }

    async Task<MoveState> StateAsync(NpgsqlConnection target, CancellationToken ct) => (await Journal.ReadAsync(target, _definition.Id, ct))?.State ?? MoveState.Planned;

    Task StateAsync(NpgsqlConnection session, MoveState state, string? reason, CancellationToken ct) => Journal.SetStateAsync(session, _definition.Id, state, reason, ct);
}

/// <param name="OldTables">What becomes of the source's tables.</param>
/// <param name="Force">Though the stream back has not delivered everything.</param>
sealed record CompleteOptions(OldTables.Fate OldTables, bool Force);
