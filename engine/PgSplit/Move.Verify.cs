using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Shape;
using PgSplit.Switch;
using PgSplit.Verify;

namespace PgSplit;

// Of a move: verify and repair (PROTOCOL 1.7).
sealed partial class Move
{
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
}
