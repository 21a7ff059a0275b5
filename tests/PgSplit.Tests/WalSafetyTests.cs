using PgSplit.Control;

namespace PgSplit.Tests;

/// <summary>The disk of either side is safe from a slot that does not come on (PROTOCOL I12 and section 2, item 8).</summary>
public sealed class WalSafetyTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "61")]
    public async Task Beats_bring_the_slot_on_while_only_others_write()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await world.Pair.OnSourceAsync("CREATE TABLE neighbour AS SELECT generate_series(1, 50000) AS n");
        var written = await world.Pair.FromSourceAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>("SELECT pg_current_wal_lsn()");

        await Hdms.Testing.Eventually.ShouldAsync(async () =>
        {
            await move.TickAsync(Ct);
            return await world.Pair.FromSourceAsync<bool>(
                $"SELECT min(confirmed_flush_lsn) >= '{written}' FROM pg_replication_slots WHERE slot_name IN ('{world.Definition.ObjectName}_f', '{world.Definition.ObjectName}_r')");
        });
    }

    [Fact]
    [Trait("Case", "20"), Trait("Case", "110")]
    public async Task A_slot_that_keeps_more_than_the_budget_goes_before_the_disk_is_full()
    {
        await using var world = await MoveWorld.CreateAsync();
        world.Definition = world.Definition with { Options = world.Definition.Options with { WalBudgetBytes = 4 << 20 } };
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        // As if the source were away: nothing of the target's is taken.
        await move.Streams!.Back.Gate.HoldAsync(Ct);
        await world.Pair.OnTargetAsync("INSERT INTO ledger SELECT 1, g, g FROM generate_series(1, 60000) g");

        await move.TickAsync(Ct);

        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("Broken"), s => s.Reason!.ShouldContain("more than the budget of 4 MB"), s => s.Back.ShouldBeNull(), s => s.WritesAt.ShouldBe("target"));
        await world.Pair.OnTargetAsync("INSERT INTO counters VALUES (78, 1)");
    }
}
