using Npgsql;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Switch;

namespace PgSplit;

// Of a move: switch, and reverse, which is the same mirrored (PROTOCOL 1.8).
sealed partial class Move
{
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
        var predicted = await Preconditions.EnsureAsync(_definition, sides, _streams.From(closing), _say, ct);
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

    async Task SettleAsync(NpgsqlConnection source, NpgsqlConnection target, SwitchSides sides, CancellationToken ct)
    {
        _streams!.Owner = sides.Opening;
        await Recovery.SettleAsync(_definition.Id, sides.Opening, target, ct);
        // Both sides were equal in every one of these when it closed; from now on the other side's keys count.
        await (sides.Closing == Side.Source ? target : source).ExecuteAsync("DELETE FROM pgsplit.touched WHERE move_id = $1", ct, _definition.Id);
    }
}
