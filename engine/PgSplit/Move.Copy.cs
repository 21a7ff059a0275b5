using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Ddl;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit;

// Of a move: copy: rows, indexes, and both streams (PROTOCOL 1.3).
sealed partial class Move
{
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
                foreach (var said in await FlawSettlement.RunAsync(source, target, _definition.Id, shapes, group.Select(t => t.Name), ct))
                    _say?.Invoke(said);
                var part = set with { Tables = [.. group.Where(t => !shapes.Has(t.Name))] };
                var shaped = group.Where(t => shapes.Has(t.Name)).Select(t => ddl[t.Name]).ToList();
                foreach (var warning in await TargetIndexes.BuildAsync(source, _target, part, Indexes, _progress, ct))
                    _say?.Invoke(warning);
                await ShapedIndexes.BuildAsync(_target, shaped, Indexes, _progress, ct);
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

    IndexOptions Indexes => new() { Workers = _definition.Options.Workers };
}
