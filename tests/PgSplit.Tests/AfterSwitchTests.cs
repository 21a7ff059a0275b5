using Npgsql;
using PgSplit.Control;
using PgSplit.Ddl;

namespace PgSplit.Tests;

/// <summary>What may happen once the writes are elsewhere (PROTOCOL 1.9 and section 3 F).</summary>
public sealed class AfterSwitchTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "103"), Trait("Case", "93")]
    public async Task A_source_that_comes_back_open_from_a_backup_is_closed_again_before_anything_else()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using (var move = await SwitchedAsync(world))
        {
            // Asked again, a switch says how things are.
            (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).ShouldSatisfyAllConditions(r => r.Epoch.ShouldBe(2), r => r.Pause.ShouldBeNull());
        }

        await using (var source = await world.Pair.Source.OpenAsync("restore", Ct))
            await Fencing.Fence.OpenAsync(source, world.Definition.Id, Ct);
        await world.Pair.OnSourceAsync("UPDATE pgsplit.move SET epoch = 1, owner = 'S', open = true; INSERT INTO counters VALUES (77, 1)");

        await using var again = await world.OpenAsync();

        world.Said.ShouldContain(s => s.Contains("it is closed again", StringComparison.Ordinal));
        (await Should.ThrowAsync<PostgresException>(world.Pair.OnSourceAsync("INSERT INTO counters VALUES (78, 1)"))).SqlState.ShouldBe("PS001");
        (await world.Pair.FromSourceAsync<string>("SELECT epoch || ' ' || owner || ' ' || open FROM pgsplit.move")).ShouldBe("2 T false");
        // What got in meanwhile is kept for a person and not carried; verification finds it.
        await CaughtUpAsync(world, again, Side.Source);
        (await world.StatusAsync()).Breaches.ShouldBe(1);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM counters WHERE id = 77")).ShouldBe(0);
        (await again.VerifyAsync(Ct)).Differences.ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "108"), Trait("Case", "88")]
    public async Task Writes_past_a_fence_are_quarantined_shown_and_found_and_stop_the_way_back_until_they_are_put_right()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await SwitchedAsync(world);
        await world.Pair.OnSourceAsync($"ALTER TABLE counters DISABLE TRIGGER pgsplit_fence_{world.Definition.Id}; ALTER TABLE ledger DISABLE TRIGGER pgsplit_fence_{world.Definition.Id}");
        await world.Pair.OnTargetAsync("INSERT INTO ledger VALUES (1, 1, 1)");
        await CaughtUpAsync(world, move, Side.Target);
        await world.Pair.OnSourceAsync("UPDATE counters SET n = 7 WHERE id = 3; DELETE FROM counters WHERE id = 4; INSERT INTO counters VALUES (88, 8); TRUNCATE ledger");
        await CaughtUpAsync(world, move, Side.Source);

        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(kind || ' ' || name || ' ' || key::text, ', ' ORDER BY id) FROM pgsplit.breach"))
            .ShouldBe("update counters {3}, delete counters {4}, insert counters {88}, truncate ledger {}");
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM ledger")).ShouldBe(1);
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.Breaches.ShouldBe(4), s => s.Verification.State.ShouldBe("stale"));
        await move.TickAsync(Ct);
        world.Said.ShouldContain(s => s.Contains("fence is missing or disabled on counters, ledger", StringComparison.Ordinal));
        (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Target, dryRun: false, 0, Ct))).Message.ShouldContain("stale");

        await move.ResumeAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(4);
        await move.RepairAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct)).Owner.ShouldBe("S");
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "108")]
    public async Task A_fence_whose_function_was_replaced_is_seen_and_put_back()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await SwitchedAsync(world);
        await world.Pair.OnSourceAsync($"CREATE OR REPLACE FUNCTION pgsplit.fence_{world.Definition.Id}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");

        await move.TickAsync(Ct);

        world.Said.ShouldContain(s => s.Contains("the fence's function has been replaced", StringComparison.Ordinal));
        (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Target, dryRun: false, 0, Ct))).Message.ShouldContain("has been replaced");
        await move.ResumeAsync(Ct);
        (await Should.ThrowAsync<PostgresException>(world.Pair.OnSourceAsync("INSERT INTO counters VALUES (78, 1)"))).SqlState.ShouldBe("PS001");
    }

    [Fact]
    [Trait("Case", "88"), Trait("Case", "80")]
    public async Task A_rogue_write_on_the_target_after_a_verification_makes_it_count_no_more()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        (await Should.ThrowAsync<PostgresException>(world.Pair.OnTargetAsync("UPDATE counters SET n = 1"))).SqlState.ShouldBe("PS001");
        await world.Pair.OnTargetAsync($"ALTER TABLE counters DISABLE TRIGGER pgsplit_fence_{world.Definition.Id}; UPDATE counters SET n = 1 WHERE id = 5; ALTER TABLE counters ENABLE ALWAYS TRIGGER pgsplit_fence_{world.Definition.Id}");

        (await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct))).Message.ShouldContain("stale");

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(1);
        (await world.StatusAsync()).WritesAt.ShouldBe("source");
    }

    [Fact]
    [Trait("Case", "98"), Trait("Case", "99"), Trait("Case", "97")]
    public async Task With_the_way_back_broken_it_is_said_at_once_and_the_move_can_only_be_completed_by_force()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await SwitchedAsync(world);
        await world.Pair.OnSourceAsync($"SET session_replication_role = replica; ALTER TABLE counters DISABLE TRIGGER ALL; DELETE FROM counters WHERE id = 6; ALTER TABLE counters ENABLE ALWAYS TRIGGER pgsplit_fence_{world.Definition.Id}");
        await world.Pair.OnTargetAsync("UPDATE counters SET n = 5 WHERE id = 6");
        await Hdms.Testing.Eventually.ShouldAsync(() => Task.FromResult(move.Streams!.Back.Fault is not null));
        await move.TickAsync(Ct);

        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("Broken"), s => s.Reason!.ShouldContain("key (6)"), s => s.WayBack.ShouldStartWith("not available"), s => s.WritesAt.ShouldBe("target"));
        await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Target, dryRun: false, 0, Ct));
        (await Should.ThrowAsync<PgSplitException>(move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: false), Ct))).ExitCode.ShouldBe(ExitCode.Refused);
        // Writers at the target notice nothing.
        await world.Pair.OnTargetAsync("UPDATE counters SET n = 6 WHERE id = 6");

        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: true), Ct);
        (await world.StatusAsync()).State.ShouldBe("Completed");
    }

    [Fact]
    [Trait("Case", "102")]
    public async Task A_client_of_before_never_writes_silently_into_renamed_or_dropped_tables()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await SwitchedAsync(world);

        await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Rename, Force: false), Ct);

        (await Should.ThrowAsync<PostgresException>(world.Pair.OnSourceAsync("INSERT INTO counters VALUES (78, 1)"))).SqlState.ShouldBe("42P01");
        (await Should.ThrowAsync<PostgresException>(world.Pair.OnSourceAsync("INSERT INTO counters_moved VALUES (78, 1)"))).SqlState.ShouldBe("PS001");
        (await Should.ThrowAsync<PostgresException>(world.Pair.OnSourceAsync("INSERT INTO events_a VALUES ('2025-02-01', 1, '{}')"))).SqlState.ShouldBe("PS001");
    }

    [Theory]
    [Trait("Case", "101")]
    [InlineData(MoveState.Planned)]
    [InlineData(MoveState.Prepared)]
    [InlineData(MoveState.Broken)]
    public async Task A_move_is_cancelled_in_any_state_before_the_switch(MoveState state)
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.OpenAsync();
        if (state != MoveState.Planned)
            await move.PrepareAsync(Ct);
        if (state == MoveState.Broken)
        {
            await move.CopyAsync(Ct);
            await world.Pair.OnTargetAsync("UPDATE pgsplit.move SET state = 'Broken', reason = 'planted'");
        }

        await move.CancelAsync(Ct);

        (await world.Pair.FromSourceAsync<long>("SELECT (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()) + (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgsplit%') + (SELECT count(*) FROM pg_event_trigger)")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<bool>("SELECT to_regclass('public.counters') IS NULL")).ShouldBeTrue();
        await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (78, 1)");
    }

    [Fact]
    [Trait("Case", "55"), Trait("Case", "40")]
    public async Task A_partition_that_is_emptied_by_itself_is_emptied_on_the_other_side_in_its_place()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await world.Pair.OnSourceAsync("BEGIN; INSERT INTO events VALUES ('2025-03-01', 1000, '{}'); TRUNCATE events_a; INSERT INTO events VALUES ('2025-03-02', 1001, '{}'); COMMIT");
        await CaughtUpAsync(world, move, Side.Source);

        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(id::text, ' ') FROM events_a")).ShouldBe("1001");
        await world.ShouldBeAlikeAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await world.Pair.OnTargetAsync("TRUNCATE events_b");
        await CaughtUpAsync(world, move, Side.Target);
        await world.ShouldBeAlikeAsync();
    }

    static async Task<Move> SwitchedAsync(MoveWorld world)
    {
        var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        return move;
    }

    static async Task CaughtUpAsync(MoveWorld world, Move move, Side from)
    {
        await using var session = await (from == Side.Source ? world.Pair.Source : world.Pair.Target).OpenAsync("test", Ct);
        await move.Streams!.From(from).ReachedAsync(await Follow.BarrierMessage.EmitAsync(session, world.Definition.Id, 0, Ct), Ct).WaitAsync(TimeSpan.FromMinutes(3), Ct);
    }
}
