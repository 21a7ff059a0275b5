namespace PgSplit.Tests;

/// <summary>What is written on the source is on the target, once (PROTOCOL 1.4, cases 46 to 56).</summary>
public sealed class FollowTests
{
    const string Accounts = "CREATE TABLE accounts (id int PRIMARY KEY, name text UNIQUE, balance numeric, note text)";

    [Fact]
    public async Task Inserts_updates_and_deletes_arrive()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");

        await world.Pair.OnSourceAsync("INSERT INTO accounts SELECT g, 'n' || g, g * 1.10, NULL FROM generate_series(1, 5000) g");
        await world.Pair.OnSourceAsync("UPDATE accounts SET balance = balance + 1 WHERE id % 3 = 0");
        await world.Pair.OnSourceAsync("DELETE FROM accounts WHERE id % 7 = 0");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM accounts")).ShouldBe(4286);
    }

    [Fact]
    public async Task Many_rows_at_once_arrive_whatever_is_in_them()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts + "; CREATE TABLE lines (line text)", "accounts", "lines");

        await world.Pair.OnSourceAsync(
            """
            INSERT INTO accounts SELECT g, chr(1 + g % 300) || g, CASE WHEN g % 2 = 0 THEN g END,
                (ARRAY[E'\\.', E'\\N', E'a\tb\nc\rd', '', NULL, '{"x"}', E'\\', 'Ünï 漢 🐘', E'\b\f\v', ' '])[1 + g % 10] FROM generate_series(1, 3000) g;
            INSERT INTO lines SELECT (ARRAY[E'\\.', '', NULL, E'\\N', E'\n'])[1 + g % 5] FROM generate_series(1, 500) g
            """);
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        world.Stream.OneByOneRuns.ShouldBe(0);
    }

    [Fact]
    public async Task Of_many_rows_at_once_one_that_is_there_already_breaks_the_stream_and_nothing_is_written()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnTargetAsync("INSERT INTO accounts VALUES (1700, 'rogue', 1)");

        await world.Pair.OnSourceAsync("INSERT INTO accounts SELECT g, 'n' || g, g FROM generate_series(1, 2000) g");

        var broken = await Should.ThrowAsync<Follow.BrokenException>(world.CaughtUpAsync());
        broken.Message.ShouldContain("accounts with key (1700) conflicts with a row");
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM accounts")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "46")]
    public async Task Rows_that_are_changed_again_and_again_at_once_arrive_as_they_were_last()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE docs (id int PRIMARY KEY, n int, body text); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL", "docs");

        await world.Pair.OnSourceAsync(
            """
            BEGIN;
            INSERT INTO docs SELECT g, 0, repeat('x', 5000) || g FROM generate_series(1, 200) g;
            UPDATE docs SET n = n + 1; UPDATE docs SET n = n + 1; UPDATE docs SET body = repeat('y', 5000) WHERE id % 3 = 0; UPDATE docs SET n = n + 1;
            DELETE FROM docs WHERE id % 5 = 0; INSERT INTO docs VALUES (5, 9, NULL); UPDATE docs SET n = n + 1;
            COMMIT
            """);
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        world.Stream.OneByOneRuns.ShouldBe(0);
    }

    [Fact]
    [Trait("Case", "47")]
    public async Task A_key_that_changes_stays_the_same_row()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("INSERT INTO accounts SELECT g, 'n' || g, g, repeat(md5(g::text), 200) FROM generate_series(1, 50) g");

        await world.Pair.OnSourceAsync("UPDATE accounts SET id = -id; UPDATE accounts SET id = id + 1000, name = name || 'x'");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "47")]
    public async Task Unique_values_that_change_places_within_a_transaction_arrive()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
        await world.CaughtUpAsync();

        await world.Pair.OnSourceAsync(
            "BEGIN; UPDATE accounts SET name = 'x' WHERE id = 1; UPDATE accounts SET name = 'a' WHERE id = 2; UPDATE accounts SET name = 'b' WHERE id = 1; COMMIT");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        world.Stream.OneByOneRuns.ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "46")]
    public async Task A_large_value_that_an_update_leaves_alone_stays()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE docs (id int PRIMARY KEY, n int, body text); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL", "docs");
        await world.Pair.OnSourceAsync("INSERT INTO docs SELECT g, 0, repeat('x', 5000) || g FROM generate_series(1, 20) g");
        await world.CaughtUpAsync();

        await world.Pair.OnSourceAsync("UPDATE docs SET n = 1; UPDATE docs SET body = 'short' WHERE id = 3; UPDATE docs SET id = id + 100");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "49")]
    public async Task Of_rows_that_are_alike_one_goes_for_each_that_went()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE log (at date, line json, n bool, c char(4)); ALTER TABLE log REPLICA IDENTITY FULL", "log");
        await world.Pair.OnSourceAsync("""INSERT INTO log SELECT '2026-01-01', '{"a" : 1}', true, 'x' FROM generate_series(1, 5); INSERT INTO log VALUES (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL)""");

        await world.Pair.OnSourceAsync("DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE n LIMIT 2); UPDATE log SET c = 'y' WHERE ctid = (SELECT max(ctid) FROM log WHERE n); UPDATE log SET n = false WHERE ctid = (SELECT max(ctid) FROM log WHERE n IS NULL)");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    public async Task A_truncate_arrives_in_its_place()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a)", "a", "b");

        await world.Pair.OnSourceAsync("INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1, 1); TRUNCATE a CASCADE; INSERT INTO a VALUES (3)");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        (await world.Pair.FromTargetAsync<int>("SELECT id FROM a")).ShouldBe(3);
    }

    [Fact]
    [Trait("Case", "51")]
    public async Task A_row_that_is_missing_on_the_target_breaks_the_stream_and_names_the_key()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1), (2, 'b', 2)");
        await world.CaughtUpAsync();
        await world.Pair.OnTargetAsync("DELETE FROM accounts WHERE id = 2");

        await world.Pair.OnSourceAsync("UPDATE accounts SET balance = 5 WHERE id IN (1, 2)");

        var broken = await Should.ThrowAsync<Follow.BrokenException>(world.CaughtUpAsync());
        broken.Message.ShouldContain("accounts with key (2)");
        (await world.Pair.FromTargetAsync<decimal>("SELECT balance FROM accounts WHERE id = 1")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "52")]
    public async Task A_row_that_is_there_already_breaks_the_stream()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnTargetAsync("INSERT INTO accounts VALUES (1, 'rogue', 1)");

        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1)");

        (await Should.ThrowAsync<Follow.BrokenException>(world.CaughtUpAsync())).Message.ShouldContain("conflicts with a row");
        (await world.Pair.FromTargetAsync<string>("SELECT name FROM accounts")).ShouldBe("rogue");
    }

    [Fact]
    public async Task A_held_stream_has_all_that_was_committed_before_a_position_and_nothing_after()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Stream.Gate.HoldAsync(CancellationToken.None);
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1)");
        var position = await world.BarrierAsync();
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (2, 'b', 2)");

        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM accounts")).ShouldBe(0);
        await world.Stream.Gate.AdvanceAsync(position, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(3));

        (await world.Pair.FromTargetAsync<int>("SELECT id FROM accounts")).ShouldBe(1);
        world.Stream.Gate.Release();
        await world.CaughtUpAsync();
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "63")]
    public async Task A_stream_that_is_begun_again_and_again_loses_nothing_and_doubles_nothing()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE ledger (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int); CREATE TABLE sums (id int PRIMARY KEY, n int)", "ledger", "sums");
        await world.Pair.OnSourceAsync("INSERT INTO sums VALUES (1, 0)");
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; await Task.Delay(5))
                await world.Pair.OnSourceAsync("BEGIN; INSERT INTO ledger (n) SELECT g FROM generate_series(1, 20) g; UPDATE sums SET n = n + 20; COMMIT");
        });

        for (var i = 0; i < 8; i++)
        {
            var before = await ArrivedAsync();
            await Hdms.Testing.Eventually.ShouldAsync(async () => await ArrivedAsync() > before);
            await world.RestartAsync();
        }

        await stop.CancelAsync();
        await writing;
        await world.CaughtUpAsync();
        await world.ShouldBeAlikeAsync();

        Task<long> ArrivedAsync() => world.Pair.FromTargetAsync<long>("SELECT count(*) FROM ledger");
    }

    [Fact]
    [Trait("Case", "63")]
    public async Task Sessions_that_are_ended_are_opened_again()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.CaughtUpAsync();

        await world.Pair.OnSourceAsync("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = current_database(); INSERT INTO accounts VALUES (1, 'a', 1)");
        await world.Pair.OnTargetAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit apply%'");
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (2, 'b', 1)");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    public async Task Keys_that_are_written_are_remembered_when_asked_for()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
        await world.CaughtUpAsync();
        world.Remembers = true;

        await world.Pair.OnSourceAsync("UPDATE accounts SET balance = 9 WHERE id = 1; DELETE FROM accounts WHERE id = 2; UPDATE accounts SET id = 30 WHERE id = 3");
        await world.CaughtUpAsync();

        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(key::text, ' ' ORDER BY key) FROM pgsplit.touched")).ShouldBe("{1} {2} {3} {30}");
    }

    [Fact]
    [Trait("Case", "56")]
    public async Task A_change_of_columns_past_the_guard_breaks_the_stream_before_anything_is_written()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("ALTER TABLE accounts ADD extra int DEFAULT 7; INSERT INTO accounts VALUES (1, 'a', 1)");

        (await Should.ThrowAsync<Follow.BrokenException>(world.CaughtUpAsync())).Message.ShouldContain("have changed under the move");
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM accounts")).ShouldBe(0);
    }

    [Fact]
    [Trait("Case", "40")]
    public async Task Changes_go_through_a_partitioned_tables_root()
    {
        await using var world = await StreamWorld.CreateAsync(
            """
            CREATE TABLE log (at date, n int, v text, PRIMARY KEY (at, n)) PARTITION BY RANGE (at);
            CREATE TABLE log_a PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE TABLE log_b PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            """, "log");

        await world.Pair.OnSourceAsync("INSERT INTO log SELECT date '2025-12-01' + g, g, 'x' FROM generate_series(1, 90) g; UPDATE log SET at = at + 31 WHERE n < 10; DELETE FROM log_b WHERE n > 80");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM log_b")).ShouldBeGreaterThan(0);
    }

    [Fact]
    [Trait("Case", "21")]
    public async Task Rows_of_no_columns_are_counted()
    {
        await using var world = await StreamWorld.CreateAsync("CREATE TABLE nothing (); ALTER TABLE nothing REPLICA IDENTITY FULL", "nothing");

        await world.Pair.OnSourceAsync("INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES; DELETE FROM nothing WHERE ctid = (SELECT min(ctid) FROM nothing)");
        await world.CaughtUpAsync();

        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM nothing")).ShouldBe(2);
    }
}
