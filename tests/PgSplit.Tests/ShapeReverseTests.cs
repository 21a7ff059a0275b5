using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>There and back across a change of shape.</summary>
public sealed class ShapeReverseTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "96")]
    public Task Forward_reverse_forward_under_load_loses_nothing_and_keeps_every_key() => ForwardAndReverseAsync(times: 1);

    [Fact]
    [Trait("Case", "96"), Trait("Category", "Long")]
    public Task Forward_reverse_forward_three_times_under_load_loses_nothing_and_keeps_every_key() => ForwardAndReverseAsync(times: 3);

    static async Task ForwardAndReverseAsync(int times)
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var writers = Writers.Start(world.Pair, transaction: Write);
        await using var move = await world.InSyncAsync();
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        for (var i = 0; i < times; i++)
        {
            await WrittenAsync(writers);
            (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
            await WrittenAsync(writers);
            await KeysShouldBeAlikeAsync(world, move, Side.Target);
            (await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct)).Owner.ShouldBe("S");
            await KeysShouldBeAlikeAsync(world, move, Side.Source);
        }

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        await WrittenAsync(writers);
        await writers.ShouldAllBeThereAsync(world.Pair.Target);
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);
        await world.Pair.ShouldBeInShapeAsync(whereverOpen: true);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM tickets_ticket t JOIN pgsplit.key_map m ON m.old = t.id")).ShouldBeGreaterThan(0);
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("Switched"), s => s.Breaches.ShouldBe(0), s => s.WayBack.ShouldNotContain("none"));
    }

    [Fact]
    public async Task A_row_born_on_the_target_keeps_its_key_when_the_source_changes_it_and_is_deleted_under_it()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        var key = Guid.CreateVersion7();
        await world.Pair.OnTargetAsync(
            $"INSERT INTO people (id, email, name) VALUES ('{key}', 'born@example.org', 'Born'); INSERT INTO desk.tickets (requester_id, title, tags, seconds) VALUES ('{key}', 'theirs', '{{}}', 120), ('{key}', 'gone', '{{a}}', NULL); DELETE FROM desk.tickets WHERE title = 'gone'");
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);

        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);

        (await world.Pair.FromSourceAsync<string>("SELECT format('%s %s %s', t.id, t.requester_id, t.minutes) FROM tickets_ticket t JOIN users_user u ON u.id = t.requester_id WHERE t.title = 'theirs' AND u.email = 'born@example.org'")).ShouldBe("1001 201 2");
        await world.Pair.OnSourceAsync("UPDATE users_user SET full_name = 'Renamed' WHERE id = 201; INSERT INTO tickets_ticket (requester_id, title, tags_csv) VALUES (201, 'more', ''); DELETE FROM tickets_ticket WHERE title = 'theirs'");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await world.Pair.FromTargetAsync<string>($"SELECT string_agg(p.name || ' ' || t.title, ', ') FROM people p JOIN desk.tickets t ON t.requester_id = p.id WHERE p.id = '{key}'")).ShouldBe("Renamed more");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_that_was_recorded_before_a_crash_is_the_one_that_is_used_after_it()
    {
        await using var world = await ShapeWorld.CreateAsync();
        var failed = 0;
        Failpoint.Observer.Value = point => point == "keys.recorded" && Interlocked.Increment(ref failed) <= 2 ? throw new IOException("failpoint") : Task.CompletedTask;
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        await world.Pair.OnTargetAsync("INSERT INTO desk.tickets (title, tags) SELECT 'born ' || g, '{}' FROM generate_series(1, 50) g");
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);

        failed.ShouldBeGreaterThan(2);
        await KeysShouldBeAlikeAsync(world, move, Side.Target);
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pgsplit.key_map")).ShouldBe(50);
        await world.Pair.ShouldBeInShapeAsync();
    }

    [Fact]
    public async Task What_the_targets_clients_write_against_the_condition_stays_theirs_and_is_no_difference()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await world.Pair.OnTargetAsync("UPDATE people SET deleted_at = now() WHERE email = 'u179@example.org'; INSERT INTO people (email, deleted_at) VALUES ('never@example.org', now())");

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);

        // The condition counts again for what the source changes.
        await world.Pair.OnSourceAsync("UPDATE users_user SET full_name = 'x' WHERE email = 'never@example.org'");
        await ShapeStreamTests.CaughtUpAsync(world, move);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM people WHERE email = 'never@example.org'")).ShouldBe(0);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_difference_is_found_and_repaired_on_the_source_too()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        var trigger = Fencing.Fence.TriggerOf(world.Definition.Id);
        await world.Pair.OnSourceAsync(
            $"""
            SET session_replication_role = replica; ALTER TABLE tickets_ticket DISABLE TRIGGER {trigger};
            UPDATE tickets_ticket SET tags_csv = 'other' WHERE id = 5; DELETE FROM tickets_ticket WHERE id = 6; INSERT INTO tickets_ticket (id, title) VALUES (9000, 'extra');
            ALTER TABLE tickets_ticket ENABLE ALWAYS TRIGGER {trigger}
            """);

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(3);
        (await move.RepairAsync(Ct)).ShouldBe(new Verify.Repaired(1, 1, 1));

        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.Pair.ShouldBeInShapeAsync();
    }

    [Fact]
    public async Task Without_an_inverse_there_is_no_way_back_and_it_is_said_before_anything_begins()
    {
        await using var world = await ShapeWorld.CreateAsync("counters: { columns: { n: { sql: \"n % 10\" } } }\nledger:");
        var report = await Planning.Plan.RunAsync(ShapeWorld.MapOf(world, "counters: { columns: { n: { sql: \"n % 10\" } } }\nledger:"), null, Ct);
        report.Findings.Single(f => f.Code == "no-way-back").ShouldSatisfyAllConditions(
            f => f.Why.ShouldBe("there is no way back across this step but the backup: n has sql: without inverse:"), f => f.Severity.ShouldBe(Planning.Severity.Warning));
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await world.Pair.OnTargetAsync("UPDATE counters SET n = 3; INSERT INTO ledger VALUES (1, 1, 1)");

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Target, dryRun: false, 0, Ct));

        refused.Message.ShouldContain("there is no way back across this step but the backup");
        (await world.StatusAsync()).WayBack.ShouldStartWith("none across this step but the backup: counters");
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);
        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM ledger")).ShouldBe(0);
        await move.CompleteAsync(new CompleteOptions(Ddl.OldTables.Fate.Keep, Force: false), Ct);
    }

    [Fact]
    public async Task A_completed_change_of_shape_leaves_the_source_as_it_was_behind_its_fence_or_not_at_all()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        await move.CompleteAsync(new CompleteOptions(Ddl.OldTables.Fate.Drop, Force: false), Ct);
        await move.CompleteAsync(new CompleteOptions(Ddl.OldTables.Fate.Drop, Force: false), Ct);

        (await world.Pair.FromSourceAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<string>("SELECT relreplident::text FROM pg_class WHERE oid = 'desk.tickets'::regclass")).ShouldBe("d");
        await world.Pair.OnTargetAsync("INSERT INTO people (email) VALUES ('after@example.org'); DELETE FROM people WHERE email = 'after@example.org'");
    }

    /// <summary>Kill at a point, once: the process that comes next goes on, whatever was half done.</summary>
    [Theory]
    [InlineData("prepare.source-ready", Traits = ["Category", "Long"])]
    [InlineData("prepare.tables", Traits = ["Category", "Long"])]
    [InlineData("copy.chunk-done", Traits = ["Category", "Long"])]
    [InlineData("copy.keys", Traits = ["Category", "Long"])]
    [InlineData("copy.finished", Traits = ["Category", "Long"])]
    [InlineData("verify.compared", Traits = ["Category", "Long"])]
    [InlineData("switch.closing", Traits = ["Category", "Long"])]
    [InlineData("switch.closed")]
    [InlineData("follow.after-commit", Traits = ["Category", "Long"])]
    public async Task A_move_that_is_stopped_anywhere_is_gone_on_with_and_loses_nothing(string point)
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var writers = Writers.Start(world.Pair, transaction: Write);
        var stopped = 0;
        Failpoint.Observer.Value = passed => passed == point && Interlocked.Exchange(ref stopped, 1) == 0 ? throw new IOException($"failpoint {point}") : Task.CompletedTask;

        await StepAsync(world, m => m.PrepareAsync(Ct));
        await StepAsync(world, m => m.CopyAsync(Ct));
        await StepAsync(world, m => m.VerifyAsync(Ct));
        await StepAsync(world, m => m.SwitchAsync(Side.Source, dryRun: false, 0, Ct));
        await StepAsync(world, _ => WrittenAsync(writers));
        await StepAsync(world, m => m.SwitchAsync(Side.Target, dryRun: false, 0, Ct));

        stopped.ShouldBe(1);
        await using var move = await world.OpenAsync();
        await WrittenAsync(writers);
        await writers.ShouldAllBeThereAsync(world.Pair.Source);
        await KeysShouldBeAlikeAsync(world, move, Side.Source);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.Pair.ShouldBeInShapeAsync(whereverOpen: true);
    }

    static async Task StepAsync(MoveWorld world, Func<Move, Task> step)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var move = await world.OpenAsync();
            try
            {
                await step(move);
                return;
            }
            catch (Exception e) when (attempt < 4 && e.ToString().Contains("failpoint", StringComparison.Ordinal))
            {
                // The next process takes over.
            }
        }
    }

    static async Task WrittenAsync(Writers writers)
    {
        var before = writers.Acknowledged;
        await Eventually.ShouldAsync(() => Task.FromResult(writers.Acknowledged > before + 40 || writers.Errors.Count > 0));
        writers.Errors.ShouldBeEmpty();
    }

    // Every key that was recorded is recorded alike on both sides, and is some row's, or was.
    static async Task KeysShouldBeAlikeAsync(MoveWorld world, Move move, Side open)
    {
        await ShapeStreamTests.CaughtUpAsync(world, move, open);
        const string all = "SELECT namespace, old, new FROM pgsplit.key_map";
        if (open == Side.Source)
            await world.Pair.ShouldBeAsync(all, all);
        (await world.Pair.FromSourceAsync<long>($"SELECT count(*) FROM pgsplit.key_map m WHERE pgsplit.uuid_key(m.namespace, m.old) = m.new")).ShouldBe(0);
    }

    /// <summary>What an application of either shape does in one transaction.</summary>
    static string Write(bool atTarget, int client, int seq, Random random)
    {
        var (user, old, minutes) = (1 + random.Next(180), random.Next(40), random.Next(100));
        var common = $"INSERT INTO ledger VALUES ({client}, {seq}, {minutes}); UPDATE counters SET n = n + 1 WHERE id = {1 + random.Next(20)};";
        return atTarget
            ? $"""
                BEGIN; {common}
                INSERT INTO people (email, name) VALUES ('w{client}-{seq}@example.org', 'T');
                INSERT INTO desk.tickets (requester_id, title, tags, seconds) SELECT id, 'w{client}-{seq}', '{"{t,u}"}', {minutes} * 60 FROM people WHERE email = 'u{user}@example.org';
                INSERT INTO tickets_comment (ticket_id, line) SELECT id, 'at T' FROM desk.tickets WHERE title = 'w{client}-{seq}';
                UPDATE desk.tickets SET seconds = {minutes} * 60, tags = tags || 'v'::text WHERE id = (SELECT id FROM desk.tickets ORDER BY title OFFSET {old} LIMIT 1);
                UPDATE people SET deleted_at = now() WHERE email = 'w{client}-{seq - 3}@example.org';
                DELETE FROM tickets_comment WHERE ticket_id = (SELECT id FROM desk.tickets WHERE title = 'w{client}-{seq - 5}');
                COMMIT
                """
            : $"""
                BEGIN; {common}
                INSERT INTO users_user (email, full_name) VALUES ('w{client}-{seq}@example.org', 'S');
                INSERT INTO tickets_ticket (requester_id, title, tags_csv, minutes) VALUES ({user}, 'w{client}-{seq}', 's,u', {minutes});
                INSERT INTO tickets_comment (ticket_id, line) SELECT id, 'at S' FROM tickets_ticket WHERE title = 'w{client}-{seq}';
                UPDATE tickets_ticket SET minutes = {minutes}, tags_csv = tags_csv || ',w' WHERE id = (SELECT id FROM tickets_ticket ORDER BY title OFFSET {old} LIMIT 1);
                UPDATE users_user SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE email = 'w{client}-{seq - 3}@example.org' OR id = {181 + random.Next(20)};
                DELETE FROM tickets_comment WHERE ticket_id = (SELECT id FROM tickets_ticket WHERE title = 'w{client}-{seq - 5}');
                COMMIT
                """;
    }
}
