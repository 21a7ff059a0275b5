using Hdms.Testing;

namespace PgSplit.Tests;

/// <summary>A server that comes back with less than it had (PROTOCOL case 106).</summary>
public sealed class FailoverTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "106"), Trait("Case", "66")]
    public async Task An_open_side_that_has_lost_commits_which_the_other_side_has_breaks_the_stream_before_a_new_one_is_passed_over()
    {
        await using var source = await TestCluster.StartDurableAsync(Ct);
        await using var world = await MoveWorld.CreateAsync(source, await TestCluster.SharedAsync());
        await using var move = await world.InSyncAsync();
        await source.KillAsync();
        await source.SaveAsync();
        await source.RestartAsync(Ct);
        await world.Pair.OnSourceAsync("UPDATE counters SET n = 8 WHERE id = 8");
        await Eventually.ShouldAsync(async () => await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 8") == 8);

        await source.KillAsync();
        await source.PutBackAsync();
        await source.RestartAsync(Ct);

        await Eventually.ShouldAsync(() => Task.FromResult(move.Streams!.Forward.Fault is not null));
        move.Streams!.Forward.Fault!.Message.ShouldContain("has lost commits");
        (await world.Pair.FromSourceAsync<long>("SELECT n FROM counters WHERE id = 8")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 8")).ShouldBe(8);
    }
}
