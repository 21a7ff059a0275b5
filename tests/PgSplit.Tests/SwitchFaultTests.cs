using Hdms.Testing;
using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>What can go wrong in the moment of a switch, and does no harm (PROTOCOL section 3 E).</summary>
public sealed class SwitchFaultTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "81")]
    public async Task A_writer_that_holds_a_table_at_every_attempt_is_named_and_nothing_is_changed()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var writer = await SwitchedWorld.OpenAsync(world, "superuser");
        var attempts = 0;
        Failpoint.Observer.Value = async point =>
        {
            // After the look beforehand, which would have refused it.
            if (point == "switch.attempt" && attempts++ == 0)
                await SwitchedWorld.RunAsync(writer, "BEGIN; UPDATE counters SET n = 7 WHERE id = 7");
        };

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        refused.ExitCode.ShouldBe(ExitCode.Refused);
        refused.Message.ShouldContain($"writers held the tables {attempts} times");
        refused.Message.ShouldContain($"{writer.ProcessID}");
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("source"), s => s.State.ShouldBe("InSync"), s => s.Epoch.ShouldBe(1));
        await SwitchedWorld.RunAsync(writer, "COMMIT");
        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        (await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 7")).ShouldBe(7);
    }

    [Fact]
    [Trait("Case", "82")]
    public async Task A_vacuum_of_a_moving_table_is_named_and_the_switch_refused()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var vacuum = await SlowVacuum.StartAsync(world, Side.Source);

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        refused.Message.ShouldContain($"vacuum of public.orders is running (process {vacuum.Process})");
    }

    [Fact]
    [Trait("Category", "Long")]
    [Trait("Case", "82")]
    public async Task The_servers_own_vacuum_is_waited_for()
    {
        await using var cluster = await TestCluster.StartWithAsync(new()
        {
            ["autovacuum_naptime"] = "1s", ["autovacuum_vacuum_threshold"] = "1", ["autovacuum_vacuum_scale_factor"] = "0",
            ["autovacuum_vacuum_cost_delay"] = "100ms", ["autovacuum_vacuum_cost_limit"] = "1",
        });
        // By the server's file, which gives way to what it was started with: not among the settings above.
        await SetAutovacuumAsync("off");
        await using var world = await MoveWorld.CreateAsync(cluster, cluster);
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await world.Pair.OnSourceAsync("UPDATE orders SET note = 'n'");
        await SetAutovacuumAsync("on");
        await using var watch = await world.Pair.Source.OpenAsync("test", Ct);
        await Eventually.ShouldAsync(() => watch.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'public.orders'::regclass)", Ct));

        var switching = move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await Eventually.ShouldAsync(() => Task.FromResult(world.Said.ToList().Exists(s => s.Contains("autovacuum of public.orders is running", StringComparison.Ordinal))));
        switching.IsCompleted.ShouldBeFalse();
        await SetAutovacuumAsync("off");
        await watch.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'", Ct);

        (await switching).Owner.ShouldBe("T");

        async Task SetAutovacuumAsync(string value)
        {
            await cluster.ExecuteAsync($"ALTER SYSTEM SET autovacuum = {value}");
            await cluster.ExecuteAsync("SELECT pg_reload_conf()");
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    [Trait("Case", "109")]
    public async Task A_vacuum_of_the_target_does_not_keep_it_from_being_opened()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var vacuum = await SlowVacuum.StartAsync(world, Side.Target);

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");

        (await world.Pair.FromTargetAsync<bool>($"SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE pid = {vacuum.Process})")).ShouldBeTrue();
        await world.Pair.OnTargetAsync("INSERT INTO orders (customer_id) VALUES (1)");
    }

    [Fact]
    [Trait("Case", "83")]
    public async Task An_application_that_touches_its_tables_in_another_order_is_neither_ended_nor_kept_from_writing()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        using var stop = new CancellationTokenSource();
        // The tables were made in the order ledger, counters.
        var writers = Enumerable.Range(1, 3).Select(n => Task.Run(() => TouchAsync(world, n, "UPDATE counters SET n = n + 1 WHERE id = {0}", "INSERT INTO ledger VALUES ({0}, {1}, 1)", stop.Token), Ct)).ToList();

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");

        await stop.CancelAsync();
        foreach (var writer in writers)
            (await writer).ShouldBe("PS001");
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "85")]
    public async Task Writers_go_on_at_once_when_the_sessions_that_hold_the_lock_are_gone()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        Failpoint.Observer.Value = async point =>
        {
            if (point == "switch.drained")
                await world.Pair.OnSourceAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit switch%'");
        };

        await Should.ThrowAsync<Exception>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (60, 1)");
        Failpoint.Observer.Value = null;
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("source"), s => s.Epoch.ShouldBe(1));
        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        (await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 60")).ShouldBe(1);
    }

    [Fact]
    [Trait("Category", "Long")]
    [Trait("Case", "85")]
    public async Task Writers_go_on_after_the_budget_when_nothing_more_is_heard_of_whoever_holds_the_lock()
    {
        await using var world = await MoveWorld.CreateAsync();
        world.Definition = world.Definition with { Options = new MoveOptions { PauseBudget = TimeSpan.FromSeconds(2) } };
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        Failpoint.Observer.Value = async point =>
        {
            // As if this process had stopped: it does nothing more before the writer is through.
            if (point == "switch.locked")
                await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (61, 1)");
        };

        await Should.ThrowAsync<Exception>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        Failpoint.Observer.Value = null;
        (await world.StatusAsync()).WritesAt.ShouldBe("source");
        (await world.Pair.FromSourceAsync<long>("SELECT n FROM counters WHERE id = 61")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "86")]
    public async Task A_switch_that_ends_between_its_two_commits_is_rolled_forward()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        var between = "";
        Failpoint.Observer.Value = async point =>
        {
            if (point != "switch.closed")
                return;
            between = (await world.StatusAsync()).WritesAt;
            throw new IOException("planted");
        };

        await Should.ThrowAsync<IOException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        between.ShouldBe("nobody");
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("target"), s => s.Epoch.ShouldBe(2), s => s.State.ShouldBe("Switched"));
        world.Said.ShouldContain(s => s.Contains("both sides closed", StringComparison.Ordinal));
        await world.Pair.OnTargetAsync("INSERT INTO counters VALUES (62, 1)");
        Failpoint.Observer.Value = null;
        (await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct)).Owner.ShouldBe("S");
        (await world.Pair.FromSourceAsync<long>("SELECT n FROM counters WHERE id = 62")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "87")]
    public async Task A_commit_whose_answer_is_lost_is_asked_after_and_the_switch_goes_on()
    {
        await using var cluster = await TestCluster.StartWithAsync([], Ct);
        await using var world = await MoveWorld.CreateAsync(cluster, cluster);
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        Task? cutting = null;
        Failpoint.Observer.Value = async point =>
        {
            if (point != "switch.closing")
                return;
            // A commit that waits for a standby which there is not is done, but not answered.
            await cluster.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
            await cluster.ExecuteAsync("SELECT pg_reload_conf()");
            await Eventually.ShouldAsync(async () => await cluster.ScalarAsync<string>("SHOW synchronous_standby_names") == "nobody");
            cutting = Task.Run(() => CutAsync(cluster), Ct);
        };

        var report = await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        await cutting!;
        report.Owner.ShouldBe("T");
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("target"), s => s.Epoch.ShouldBe(2));
    }

    [Fact]
    [Trait("Case", "95")]
    public async Task Two_moves_that_switch_at_once_do_so_one_after_the_other()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var elsewhere = await DatabasePair.CreateAsync();
        var first = world.Definition with { Tables = [new("public", "customers"), new("public", "orders")] };
        var second = world.Definition with { Id = world.Definition.Id + "2", Target = elsewhere.Target.Address, Tables = [new("public", "counters"), new("public", "ledger")] };
        await using var one = await InSyncAsync(first);
        await using var other = await InSyncAsync(second);
        Task<Switch.SwitchReport>? waiting = null;
        Failpoint.Observer.Value = async point =>
        {
            if (point != "switch.drained" || waiting is not null)
                return;
            waiting = Task.Run(() => other.SwitchAsync(Side.Source, dryRun: false, 0, Ct), Ct);
            await Eventually.ShouldAsync(() => world.Pair.FromSourceAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"));
        };

        (await one.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");

        (await waiting!).Owner.ShouldBe("T");
        await elsewhere.OnTargetAsync("INSERT INTO counters VALUES (63, 1)");
        await world.Pair.OnTargetAsync("INSERT INTO orders (customer_id) VALUES (1)");
    }

    [Fact]
    [Trait("Case", "6")]
    public async Task The_publication_is_there_before_the_slot()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.OpenAsync();
        (long Publications, long Slots) seen = default;
        Failpoint.Observer.Value = async point =>
        {
            if (point == "prepare.published")
            {
                seen = (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_publication_tables WHERE tablename = 'counters'"),
                    await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"));
            }
        };

        await move.PrepareAsync(Ct);

        seen.ShouldBe((1, 0));
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "9")]
    public async Task A_slot_that_was_made_but_not_noted_is_made_again_and_no_change_is_missed()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using (var died = await world.OpenAsync())
        {
            Failpoint.Observer.Value = point => point == "slot-made-f" ? throw new IOException("planted") : Task.CompletedTask;
            await Should.ThrowAsync<IOException>(died.PrepareAsync(Ct));
        }

        Failpoint.Observer.Value = null;
        await world.Pair.OnSourceAsync("UPDATE counters SET n = 5 WHERE id = 5");
        var before = await world.Pair.FromSourceAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>("SELECT pg_current_wal_lsn()");
        await using var move = await world.InSyncAsync();

        (await world.Pair.FromSourceAsync<bool>($"SELECT slot_lsn >= '{before}' FROM pgsplit.move")).ShouldBeTrue();
        await world.ShouldBeAlikeAsync();
    }

    // Until it is told something else than success; returns what.
    static async Task<string?> TouchAsync(MoveWorld world, int client, string first, string second, CancellationToken stop)
    {
        await using var session = await SwitchedWorld.OpenAsync(world, "superuser");
        try
        {
            for (var seq = 1; ; seq++)
            {
                await SwitchedWorld.RunAsync(session, "BEGIN; " + string.Format(System.Globalization.CultureInfo.InvariantCulture, first, client, seq));
                await Task.Delay(10, CancellationToken.None);
                await SwitchedWorld.RunAsync(session, string.Format(System.Globalization.CultureInfo.InvariantCulture, second, client, seq) + "; COMMIT");
                if (stop.IsCancellationRequested)
                    return null;
            }
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    static async Task CutAsync(TestCluster cluster)
    {
        await Eventually.ShouldAsync(async () => await cluster.ScalarAsync<long>(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'pgsplit switch%') cut") > 0);
        await cluster.ExecuteAsync("ALTER SYSTEM RESET synchronous_standby_names");
        await cluster.ExecuteAsync("SELECT pg_reload_conf()");
    }

    static async Task<Move> InSyncAsync(MoveDefinition definition)
    {
        var move = (await Move.TryOpenAsync(definition, null, null, Ct))!;
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        await move.VerifyAsync(Ct);
        return move;
    }
}

/// <summary>A VACUUM that is still at work when it is looked at: it rests for as long as it may after each page.</summary>
sealed class SlowVacuum : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly NpgsqlConnection _session;
    readonly Task _running;

    SlowVacuum(NpgsqlConnection session)
    {
        _session = session;
        _running = RunAsync();
    }

    public int Process => _session.ProcessID;

    public static async Task<SlowVacuum> StartAsync(MoveWorld world, Side side)
    {
        var session = await SwitchedWorld.OpenAsync(world, "superuser", side);
        await SwitchedWorld.RunAsync(session, "SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1");
        var vacuum = new SlowVacuum(session);
        var server = side == Side.Source ? world.Pair.Source : world.Pair.Target;
        await using var watch = await server.OpenAsync("test", CancellationToken.None);
        await Eventually.ShouldAsync(() => watch.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE pid = $1)", CancellationToken.None, vacuum.Process));
        return vacuum;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _session.DisposeAsync();
        _stop.Dispose();
    }

    async Task RunAsync()
    {
        try
        {
            await using var command = new NpgsqlCommand("VACUUM (FREEZE, DISABLE_PAGE_SKIPPING, PARALLEL 0) orders", _session) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }
}
