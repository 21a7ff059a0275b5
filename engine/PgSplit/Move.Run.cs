using PgSplit.Control;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Shape;
using PgSplit.Switch;

namespace PgSplit;

// Of a move: what keeps it going: beats, resume, and recovery after a crash (PROTOCOL 1.5, 1.6).
sealed partial class Move
{
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
        await Sequences.CarryAsync(open, closed, await ShapedMove.SequencesAsync(source, target, _definition, set, Side.Source, ct), streams.Owner, final: false, ct);
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
        var sequences = await ShapedMove.SequencesAsync(source, target, _definition, await SetAsync(source, ct), Side.Source, ct);
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
}
