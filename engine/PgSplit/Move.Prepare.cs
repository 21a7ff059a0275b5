using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit;

// Of a move: prepare: everything that a move stands on (PROTOCOL 1.2).
sealed partial class Move
{
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

    async Task GuardAsync(NpgsqlConnection session, MoveSet set, CancellationToken ct)
    {
        if (await Guard.InstallAsync(session, _definition.Id, set, ct) == GuardMode.DetectOnly)
            _say?.Invoke($"guard: detect only on {session.Database} (event triggers need a superuser)");
    }
}
