using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Ddl;

namespace PgSplit.Tests;

/// <summary>A move from beginning to end, on a database that is in use.</summary>
public sealed class MoveTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "96")]
    public Task A_move_goes_there_and_back_under_load_and_loses_nothing() => ThereAndBackAsync(times: 1);

    [Fact]
    [Trait("Case", "96"), Trait("Category", "Long")]
    public Task A_move_goes_there_and_back_five_times_under_load_and_loses_nothing() => ThereAndBackAsync(times: 5);

    static async Task ThereAndBackAsync(int times)
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var writers = Writers.Start(world.Pair);
        await using var move = await world.InSyncAsync();
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        for (var i = 0; i < times; i++)
        {
            var before = writers.Acknowledged;
            (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
            await Eventually.ShouldAsync(() => Task.FromResult(writers.Acknowledged > before + 40));
            (await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct)).Owner.ShouldBe("S");
            before = writers.Acknowledged;
            await Eventually.ShouldAsync(() => Task.FromResult(writers.Acknowledged > before + 40));
        }

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Epoch.ShouldBe(2 + (2 * times));
        await writers.ShouldAllBeThereAsync(world.Pair.Target);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.ShouldBeAlikeAsync();
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("Switched"), s => s.WritesAt.ShouldBe("target"), s => s.Verification.State.ShouldBe("verified"), s => s.Breaches.ShouldBe(0));
    }

    [Fact]
    public async Task Between_two_clusters_it_is_the_same()
    {
        await using var world = await MoveWorld.CreateAsync(twoClusters: true);
        await using var writers = Writers.Start(world.Pair);
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await Eventually.ShouldAsync(() => Task.FromResult(writers.Acknowledged > 200));
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);

        await writers.ShouldAllBeThereAsync(world.Pair.Source);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "99"), Trait("Case", "100")]
    public async Task A_completed_move_leaves_nothing_behind_but_the_old_tables_behind_their_fence()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: false), Ct);
        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: false), Ct);

        await NothingLeftAsync(world);
        (await Should.ThrowAsync<Npgsql.PostgresException>(world.Pair.OnSourceAsync("INSERT INTO counters VALUES (99, 1)"))).SqlState.ShouldBe("PS001");
        await world.Pair.OnTargetAsync("INSERT INTO counters VALUES (99, 1); INSERT INTO orders (customer_id) VALUES (1)");
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgsplit%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Completing_can_drop_the_old_tables()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Drop, Force: false), Ct);

        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM open_orders")).ShouldBe(3000);
    }

    [Fact]
    public async Task A_cancelled_move_leaves_the_source_as_it_was_and_the_target_empty()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        await move.CancelAsync(Ct);
        await move.CancelAsync(Ct);

        await NothingLeftAsync(world);
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgsplit%'")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).ShouldBe(0);
        await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (99, 1)");
    }

    [Fact]
    [Trait("Case", "101")]
    public async Task A_switched_move_is_not_cancelled_and_an_unverified_one_is_not_switched()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct))).Message.ShouldContain("unverified");
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.CancelAsync(Ct));

        refused.Remedy.ShouldBe("pgsplit reverse, then cancel");
        (await world.StatusAsync()).WritesAt.ShouldBe("target");
    }

    [Fact]
    public async Task Every_step_done_twice_does_nothing_the_second_time()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        await move.VerifyAsync(Ct);
        var first = await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        var second = await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        (second.Epoch, second.Owner, second.Pause).ShouldBe((first.Epoch, "T", null));
        await move.ResumeAsync(Ct);
        (await world.StatusAsync()).State.ShouldBe("Switched");
    }

    [Fact]
    public async Task A_dry_run_predicts_the_pause_and_changes_nothing()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        var report = await move.SwitchAsync(Side.Source, dryRun: true, 0, Ct);

        report.Pause.ShouldBeNull();
        report.Predicted.ShouldBeGreaterThan(TimeSpan.Zero);
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("source"), s => s.Epoch.ShouldBe(1));
    }

    [Fact]
    [Trait("Case", "76")]
    public async Task A_planted_difference_stops_the_switch_until_it_is_repaired()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await world.Pair.OnTargetAsync("SET session_replication_role = replica; ALTER TABLE counters DISABLE TRIGGER ALL; UPDATE counters SET n = 7 WHERE id = 3; DELETE FROM counters WHERE id = 4; ALTER TABLE counters ENABLE ALWAYS TRIGGER pgsplit_fence_" + world.Definition.Id);

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(2);
        (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct))).ExitCode.ShouldBe(ExitCode.Differences);
        (await move.RepairAsync(Ct)).ShouldBe(new Verify.Repaired(1, 1, 0));
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "73")]
    public async Task Sequences_go_on_where_they_were_on_either_side()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await world.Pair.OnTargetAsync("INSERT INTO customers (name) VALUES ('new'); INSERT INTO orders (customer_id) SELECT 1 FROM generate_series(1, 50)");
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);

        await world.Pair.OnSourceAsync("INSERT INTO customers (name) VALUES ('newer'); INSERT INTO orders (customer_id) VALUES (1)");

        (await world.Pair.FromSourceAsync<bool>("SELECT (SELECT id FROM customers WHERE name = 'newer') > (SELECT id FROM customers WHERE name = 'new')")).ShouldBeTrue();
    }

    [Fact]
    [Trait("Case", "10")]
    public async Task A_second_process_is_told_that_another_has_the_move()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        (await Move.TryOpenAsync(world.Definition, null, null, Ct)).ShouldBeNull();

        (await world.StatusAsync()).Process!.ShouldContain("process");
    }

    static async Task NothingLeftAsync(MoveWorld world)
    {
        foreach (var server in new[] { world.Pair.Source, world.Pair.Target })
        {
            await using var session = await server.OpenAsync("test", Ct);
            (await Pg.Commands.ScalarAsync<long>(session,
                """
                SELECT (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())
                     + (SELECT count(*) FROM pg_replication_origin WHERE roname LIKE $1 || '%')
                     + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_event_trigger)
                """, Ct, world.Definition.ObjectName)).ShouldBe(0);
        }
    }
}
