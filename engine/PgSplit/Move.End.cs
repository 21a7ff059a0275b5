using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit;

// Of a move: complete and cancel (PROTOCOL 1.9).
sealed partial class Move
{
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
        await FlawRows.ForgetAsync(target, _definition.Id, ct);
        await TargetTables.DropAsync(target, _definition.Id, ct);
        await ShapedMove.ForgetAsync(target, _definition.Id, ct);
        await Journal.EventAsync(target, _definition.Id, "cancelled", new { }, ct);
        await StateAsync(target, MoveState.Cancelled, null, ct);
        await StateAsync(source, MoveState.Cancelled, null, ct);
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
}

/// <param name="OldTables">What becomes of the source's tables.</param>
/// <param name="Force">Though the stream back has not delivered everything.</param>
sealed record CompleteOptions(OldTables.Fate OldTables, bool Force);
