using PgSplit.Control;

namespace PgSplit.Tests;

/// <summary>A difference planted at any moment of a move under load is found before the writes go there (PROTOCOL section 2, item 7).</summary>
public sealed class VerifyMoveTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "74"), Trait("Case", "75"), Trait("Case", "76"), Trait("Case", "77"), Trait("Case", "78")]
    public async Task Whatever_is_planted_under_load_is_found_and_nothing_else()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var writers = Writers.Start(world.Pair);
        await using var move = await world.InSyncAsync();
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        // Rows that no writer touches.
        string[] damages =
        [
            "UPDATE customers SET name = 'x' || name WHERE id = 3", "DELETE FROM events WHERE id = 380",
            "INSERT INTO ledger VALUES (-5, 1, 1)", "UPDATE customers SET at = at + interval '1 microsecond' WHERE id = 499", "INSERT INTO log SELECT 'line', 'infinity'",
            "UPDATE events SET body = '{\"a\": 1.0}' WHERE id = 390", "UPDATE customers c SET at = o.at + interval '1 day' FROM customers o WHERE c.id IN (10, 11) AND o.id = 21 - c.id",
        ];
        var fence = $"pgsplit_fence_{world.Definition.Id}";
        foreach (var damage in damages)
        {
            var table = MoveWorld.Tables.First(t => damage.Contains($" {t} ", StringComparison.Ordinal));
            await world.Pair.OnTargetAsync($"SET session_replication_role = replica; ALTER TABLE {table} DISABLE TRIGGER {fence}; {damage}; ALTER TABLE {table} ENABLE ALWAYS TRIGGER {fence}");
            (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: true, 0, Ct))).Message.ShouldContain("stale", customMessage: damage);
        }

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(damages.Length + 1);
        (await move.RepairAsync(Ct)).ShouldNotBe(new Verify.Repaired(0, 0, 0));
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        await writers.ShouldAllBeThereAsync(world.Pair.Target);
    }
}
