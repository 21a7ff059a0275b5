using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Tests;

/// <summary>What can't be done is said with the line of the map, and leaves nothing half done.</summary>
public sealed class ShapeCaseTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Theory]
    [InlineData("counters: { columns: { n: { sql: \"n + random()\" } } }", "the sql: of n can't be used: it is not immutable")]
    [InlineData("counters: { columns: { n: { sql: \"(SELECT max(n) FROM public.counters)\" } } }", "the sql: of n can't be used: a sub-query sees other rows than its own", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { n: { sql: \"max(n)\" } } }", "the sql: of n can't be used: an aggregate sees other rows than its own", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { n: { sql: \"rank() OVER ()\" } } }", "the sql: of n can't be used: a window function sees other rows than its own", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { n: { sql: \"generate_series(1, n)\" } } }", "the sql: of n can't be used: it would give several values for one row", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { n: { sql: \"m + 1\" } } }", "the sql: of n can't be used: column \"m\" does not exist")]
    [InlineData("counters: { columns: { n: { sql: \"n::text\", inverse: \"md5(n)\" } } }", "the inverse: for n can't be used: column \"pgsplit value\" is of type bigint but default expression is of type text")]
    [InlineData("counters: { where: \"n\" }", "its where: can't be used: column \"pgsplit value\" is of type boolean but default expression is of type bigint")]
    [InlineData("counters: { where: \"now() > '2020-01-01'\" }", "its where: can't be used: it is not immutable", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { m: { to: k } } }", "has no column m on the source")]
    [InlineData("counters: { columns: { n: { to: id } } }", "would have two columns id on the target", Traits = ["Category", "Long"])]
    [InlineData("counters: { columns: { id: { drop: true } } }", "has id in its key: the target could not tell its rows")]
    [InlineData("ledger: { key: uuid }", "has no integer key of one column (client, seq), so it can't become a UUID")]
    [InlineData("bag: { columns: { a: { to: b } } }", "has no primary key: rows of another shape can't be told apart")]
    [InlineData("parted: { to: other }", "is partitioned, or has parents or children: its shape can't change on the way")]
    public async Task A_shape_that_cant_be_had_is_refused_by_plan_with_its_line_and_by_prepare(string table, string why)
    {
        await using var world = await ShapeWorld.CreateAsync(
            table, ShapeWorld.HelpDesk + "CREATE TABLE bag (a int); ALTER TABLE bag REPLICA IDENTITY FULL; CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parted_1 PARTITION OF parted DEFAULT;");

        var report = await Plan.RunAsync(ShapeWorld.MapOf(world, table), null, Ct);

        var flaw = report.Findings.First(f => f.Code == "shape");
        flaw.ShouldSatisfyAllConditions(f => f.Why.ShouldStartWith(why), f => f.Severity.ShouldBe(Severity.Blocker), f => f.Object.ShouldContain("map.yaml:6"));
        await using var move = await world.OpenAsync();
        (await Should.ThrowAsync<PgSplitException>(move.PrepareAsync(Ct))).ExitCode.ShouldBe(ExitCode.Refused);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).ShouldBe(0);
        await move.CancelAsync(Ct);
    }

    [Fact]
    public async Task An_expression_that_fails_on_one_row_of_many_is_named_by_plan_and_by_the_copy_and_nothing_is_half_done()
    {
        const string table = "many: { to: much, columns: { n: { sql: \"1000000 / n\" } } }";
        await using var world = await ShapeWorld.CreateAsync(table, "CREATE TABLE many (id int PRIMARY KEY, n int); INSERT INTO many SELECT g, g - 73210 FROM generate_series(1, 100000) g;");
        (await Plan.RunAsync(ShapeWorld.MapOf(world, table), null, Ct)).Findings.Single(f => f.Code == "unfit-row").Why.ShouldBe("an expression of the map fails on the row with key (73210)");
        await using var move = await world.OpenAsync();
        await move.PrepareAsync(Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.CopyAsync(Ct));

        refused.Message.ShouldBe("many can't be copied: an expression of the map fails on the row with key (73210): division by zero; nothing of this part was written");
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM much")).ShouldBe(0);
        await world.Pair.OnSourceAsync("UPDATE many SET n = 5 WHERE n = 0");
        await move.CopyAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        (await world.Pair.FromTargetAsync<int>("SELECT n FROM much WHERE id = 73210")).ShouldBe(200000);
    }

    [Fact]
    public async Task Two_rows_that_become_the_same_are_named_and_the_copy_goes_on_once_they_are_mended()
    {
        await using var world = await ShapeWorld.CreateAsync(
            "users_user: { columns: { email: { sql: \"lower(email)\", inverse: \"email\" } } }\ntickets_ticket:\ntickets_comment:", ShapeWorld.HelpDesk + "INSERT INTO users_user (email) VALUES ('U7@example.org')");
        (await Plan.RunAsync(ShapeWorld.MapOf(world, "users_user: { columns: { email: { sql: \"lower(email)\", inverse: \"email\" } } }\ntickets_ticket:\ntickets_comment:"), null, Ct)).Findings.Single(f => f.Code == "become-the-same").Why
            .ShouldBe("several rows become the same for users_email, 1 times, one of them (u7@example.org)");
        await using var move = await world.OpenAsync();
        await move.PrepareAsync(Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.CopyAsync(Ct));

        refused.Message.ShouldContain("two rows of the source become the same in users_user (public.users_email): Key (email)=(u7@example.org) is duplicated");
        await world.Pair.OnSourceAsync("UPDATE users_user SET email = 'U7.second@example.org' WHERE email = 'U7@example.org'");
        await move.CancelAsync(Ct);
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await world.Pair.ShouldBeAsync("SELECT id, email FROM users_user", "SELECT id, lower(email) FROM users_user");
    }

    [Fact]
    public async Task A_reference_to_a_row_that_stays_behind_is_found_by_plan_and_by_the_foreign_key()
    {
        await using var world = await ShapeWorld.CreateAsync(schema: ShapeWorld.HelpDesk + "UPDATE tickets_ticket SET requester_id = 190 WHERE id = 77");
        (await Plan.RunAsync(ShapeWorld.MapOf(world, ShapeWorld.Everything), null, Ct)).Findings.Single(f => f.Code == "refers-to-refused").Why
            .ShouldBe("1 rows refer by requester_id to rows of users_user that stay behind or are not there, one of them with key (77): the foreign key would not hold on the target");
        await using var move = await world.OpenAsync();
        await move.PrepareAsync(Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.CopyAsync(Ct));

        refused.Message.ShouldStartWith("foreign key tickets_ticket_requester_id_fkey of desk.tickets does not hold: Key (requester_id)=");
        await world.Pair.OnSourceAsync("UPDATE tickets_ticket SET requester_id = NULL WHERE id = 77");
        await move.CancelAsync(Ct);
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        await world.Pair.ShouldBeInShapeAsync();
    }

    [Fact]
    public async Task A_reference_to_another_service_becomes_an_indexed_column_and_finds_its_row_there()
    {
        await using var world = await ShapeWorld.CreateAsync("tickets_ticket: { key: uuid, columns: { requester_id: { references: users_user, on_delete: detach } } }\ntickets_comment:\nusers_user: { key: uuid }");
        var users = world.Definition with { Id = world.Definition.Id + "_u", Tables = [new QualifiedName("public", "users_user")], Shapes = world.Definition.Shapes.Where(s => s.Key.Name == "users_user").ToDictionary() };
        world.Definition = world.Definition with { Tables = [.. world.Definition.Tables.Where(t => t.Name != "users_user")], Shapes = world.Definition.Shapes.Where(s => s.Key.Name != "users_user").ToDictionary() };
        await using var move = await world.InSyncAsync();
        await using var other = (await Move.TryOpenAsync(users, null, null, Ct))!;
        await other.PrepareAsync(Ct);
        await other.CopyAsync(Ct);

        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM tickets_ticket t JOIN users_user u ON u.id = t.requester_id")).ShouldBe(1000);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 'tickets_ticket'::regclass AND contype = 'f'")).ShouldBe(0);
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 'tickets_ticket'::regclass AND pg_get_indexdef(indexrelid) LIKE '%(requester_id)'")).ShouldBe(1);

        // Both are switched; a person born on the target is the same one to both streams back.
        foreach (var one in new[] { move, other })
        {
            (await one.VerifyAsync(Ct)).Differences.ShouldBe(0);
            await one.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        }

        var key = Guid.CreateVersion7();
        await world.Pair.OnTargetAsync($"INSERT INTO tickets_ticket (requester_id, title) VALUES ('{key}', 'of a new one'); INSERT INTO users_user (id, email) VALUES ('{key}', 'new@example.org')");
        await ShapeStreamTests.CaughtUpAsync(world, move, Side.Target);
        await other.SwitchAsync(Side.Target, dryRun: false, 0, Ct);
        (await world.Pair.FromSourceAsync<string>("SELECT u.email FROM tickets_ticket t JOIN users_user u ON u.id = t.requester_id WHERE t.title = 'of a new one'")).ShouldBe("new@example.org");
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await other.CancelAsync(Ct);
    }

    [Fact]
    public async Task Offline_the_source_is_closed_before_anything_is_copied_and_the_target_open_at_the_end()
    {
        await using var world = await ShapeWorld.CreateAsync();
        var closed = false;
        Failpoint.Observer.Value = async point =>
        {
            if (point != "offline.closed")
                return;
            closed = (await Should.ThrowAsync<Npgsql.PostgresException>(world.Pair.OnSourceAsync("UPDATE counters SET n = 1"))).SqlState == "PS001"
                && await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM people") == 0;
        };
        await using var move = await world.OpenAsync();

        await MoveVerb.RunAsync(move, "start", "{\"offline\": true}", Ct);

        closed.ShouldBeTrue();
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("Switched"), s => s.WritesAt.ShouldBe("target"));
        await world.Pair.ShouldBeInShapeAsync();
        await world.Pair.OnTargetAsync("UPDATE counters SET n = 1");
    }

    [Fact]
    public async Task A_move_that_was_taken_offline_is_gone_on_with_after_a_crash_or_cancelled()
    {
        await using var world = await ShapeWorld.CreateAsync();
        var stopped = 0;
        Failpoint.Observer.Value = point => point == "copy.keys" && Interlocked.Increment(ref stopped) <= 2 ? throw new IOException("failpoint") : Task.CompletedTask;
        await using (var move = await world.OpenAsync())
            await Should.ThrowAsync<Exception>(MoveVerb.RunAsync(move, "start", "{\"offline\": true}", Ct));
        (await world.StatusAsync()).WritesAt.ShouldBe("nobody");

        await using (var move = await world.OpenAsync())
        {
            await Should.ThrowAsync<Exception>(MoveVerb.RunAsync(move, "start", "{\"offline\": true}", Ct));
            await move.CancelAsync(Ct);
        }

        await world.Pair.OnSourceAsync("UPDATE counters SET n = 5");
        await using (var move = await world.OpenAsync())
            await MoveVerb.RunAsync(move, "start", "{\"offline\": true}", Ct);
        (await world.Pair.FromTargetAsync<long>("SELECT sum(n)::bigint FROM counters")).ShouldBe(100);
    }

    [Fact]
    public async Task Another_shape_in_mid_move_is_refused()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await (await world.InSyncAsync()).DisposeAsync();
        world.Definition = ShapeWorld.Definition(world, ShapeWorld.Everything.Replace("minutes * 60", "minutes * 61", StringComparison.Ordinal));

        (await Should.ThrowAsync<PgSplitException>(world.OpenAsync())).Message.ShouldContain("another shape of \"public\".\"tickets_ticket\"");
        world.Definition = ShapeWorld.Definition(world, ShapeWorld.Everything);
        await (await world.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public void The_documentations_example_is_the_one_that_these_tests_move() =>
        File.ReadAllText(Path.Combine(CliWorld.Root, "docs", "pgsplit.md")).ShouldContain(string.Join('\n', ShapeWorld.Everything.Split('\n').Select(l => "      " + l)));
}
