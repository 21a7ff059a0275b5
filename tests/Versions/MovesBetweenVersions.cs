using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Planning;
using PgSplit.Tests;
using PgSplit.Tests.Zoo;

namespace PgSplit.Versions;

/// <summary>Whole moves between servers of different versions, under writes.</summary>
public sealed class MovesBetweenVersions
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public Task From_the_oldest_to_the_newest() => MoveAsync(15, 18);

    [Theory]
    [InlineData(15, 16)]
    [InlineData(15, 17)]
    [InlineData(16, 17)]
    [InlineData(17, 18)]
    [InlineData(18, 18)]
    [InlineData(18, 15)]
    [InlineData(17, 16)]
    [Trait("Category", "Long")]
    public Task Between_all_others(int source, int target) => MoveAsync(source, target);

    [Theory]
    [InlineData(15, 18)]
    [InlineData(16, 17)]
    [InlineData(18, 18)]
    [Trait("Category", "Long")]
    public async Task Every_kind_of_type_name_and_shape_goes_there_and_back_byte_for_byte(int source, int target)
    {
        await using var world = await MoveWorld.CreateAsync(await Clusters.OfAsync(source), await Clusters.OfAsync(target), await ZooMove.SchemaAsync());
        await ZooMove.ThereAndBackAsync(world);
    }

    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    [Trait("Category", "Long")]
    public async Task From_17_on_standbys_may_have_the_slots(int version, bool failover)
    {
        await using var world = await MoveWorld.CreateAsync(await Clusters.OfAsync(version), await Clusters.OfAsync(version));
        await using var move = await world.InSyncAsync();

        (await world.Pair.FromSourceAsync<long>($"SELECT count(*) FROM pg_replication_slots s WHERE slot_name LIKE '{world.Definition.ObjectName}%' AND (to_jsonb(s) ->> 'failover')::bool IS TRUE"))
            .ShouldBe(failover ? 2 : 0);
    }

    static async Task MoveAsync(int source, int target)
    {
        await using var world = await MoveWorld.CreateAsync(await Clusters.OfAsync(source), await Clusters.OfAsync(target));
        (await Plan.RunAsync(Maps.Of(world.Pair, [.. MoveWorld.Tables]), null, Ct)).Findings.Where(f => f.Severity == Severity.Blocker).ShouldBeEmpty();
        await using var writers = Writers.Start(world.Pair);
        await using var move = await world.OpenAsync();
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        await MoreWritesAsync(writers);
        (await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct)).Owner.ShouldBe("S");
        await MoreWritesAsync(writers);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        await MoreWritesAsync(writers);
        await writers.ShouldAllBeThereAsync(world.Pair.Target);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.ShouldBeAlikeAsync();
        (await world.StatusAsync()).Breaches.ShouldBe(0);

        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: false), Ct);
        foreach (var side in new[] { world.Pair.FromSourceAsync<long>, (Func<string, Task<long>>)world.Pair.FromTargetAsync<long> })
            (await side($"SELECT (SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE '{world.Definition.ObjectName}%') + (SELECT count(*) FROM pg_publication WHERE pubname LIKE 'pgsplit%')")).ShouldBe(0);
    }

    static Task MoreWritesAsync(Writers writers)
    {
        var before = writers.Acknowledged;
        return Eventually.ShouldAsync(() => Task.FromResult(writers.Acknowledged > before + 40));
    }
}
