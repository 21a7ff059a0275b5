using System.Diagnostics;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>What a stream has to survive that ordinary writes don't bring (PROTOCOL cases 53 to 73).</summary>
public sealed class FollowCaseTests
{
    const string Accounts = "CREATE TABLE accounts (id int PRIMARY KEY, name text UNIQUE, balance numeric, note text)";

    [Theory]
    [Trait("Case", "55")]
    [InlineData("TRUNCATE a, b", 0, 0, 5)]
    [InlineData("TRUNCATE a CASCADE", 0, 0, 5, Traits = ["Category", "Long"])]
    [InlineData("TRUNCATE b, outside", 5, 0, 0, Traits = ["Category", "Long"])]
    [InlineData("TRUNCATE b RESTART IDENTITY; INSERT INTO b (a) VALUES (1)", 5, 1, 5, Traits = ["Category", "Long"])]
    [InlineData("BEGIN; TRUNCATE b; ROLLBACK", 5, 5, 5, Traits = ["Category", "Long"])]
    [InlineData("BEGIN; INSERT INTO b (a) VALUES (1); TRUNCATE b; INSERT INTO b (a) VALUES (2); COMMIT", 5, 1, 5)]
    public async Task A_truncate_of_any_kind_empties_what_it_emptied(string truncate, int a, int b, int outside)
    {
        await using var world = await StreamWorld.CreateAsync(
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a); CREATE TABLE outside (id int)", "a", "b");
        await world.Pair.OnSourceAsync("INSERT INTO a SELECT generate_series(1, 5); INSERT INTO b (a) SELECT generate_series(1, 5); INSERT INTO outside SELECT generate_series(1, 5)");
        await world.CaughtUpAsync();
        await world.Pair.OnTargetAsync("INSERT INTO outside SELECT generate_series(1, 5)");

        await world.Pair.OnSourceAsync(truncate);
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        (await world.Pair.FromSourceAsync<string>("SELECT (SELECT count(*) FROM a) || ' ' || (SELECT count(*) FROM b) || ' ' || (SELECT count(*) FROM outside)")).ShouldBe($"{a} {b} {outside}");
        // What is not of the move stays.
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM outside")).ShouldBe(5);
    }

    [Fact, Trait("Category", "Long")]
    [Trait("Case", "60"), Trait("Case", "62")]
    public async Task A_stream_that_is_held_longer_than_the_senders_time_out_acknowledges_nothing_and_keeps_its_connection()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync($"ALTER DATABASE {world.Pair.Source.Address.Database} SET wal_sender_timeout = '5s'");
        await world.RestartAsync();
        await world.CaughtUpAsync();
        await world.Stream.Gate.HoldAsync(CancellationToken.None);
        var (sender, progress) = (await SenderAsync(world), world.Stream.Progress);
        await world.Pair.OnSourceAsync("INSERT INTO accounts SELECT g, 'n' || g FROM generate_series(1, 50000) g");
        var begun = Stopwatch.GetTimestamp();

        // Other databases' WAL passes, and keepalives with it.
        await Hdms.Testing.Eventually.ShouldAsync(async () =>
        {
            await world.Pair.OnTargetAsync("CREATE TABLE IF NOT EXISTS busy (n int); INSERT INTO busy SELECT generate_series(1, 1000)");
            return Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(7);
        });

        (await SenderAsync(world)).ShouldBe(sender);
        world.Stream.Progress.ShouldBe(progress);
        (await ConfirmedAsync(world)).ShouldBeLessThanOrEqualTo(progress);
        world.Stream.Gate.Release();
        await world.CaughtUpAsync();
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "64"), Trait("Case", "104")]
    public async Task A_slot_that_is_gone_breaks_the_stream_and_is_not_made_anew()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.CaughtUpAsync();
        await world.Stream.DisposeAsync();
        await world.Pair.OnSourceAsync($"SELECT pg_drop_replication_slot('{world.Plan.Slot}')");
        await world.RestartAsync();

        (await Should.ThrowAsync<BrokenException>(world.CaughtUpAsync())).Message.ShouldStartWith("slot lost: there is no replication slot");
        (await world.Pair.FromSourceAsync<bool>($"SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{world.Plan.Slot}')")).ShouldBeFalse();
    }

    [Fact]
    [Trait("Case", "65"), Trait("Case", "67")]
    public async Task A_slot_made_anew_by_somebody_breaks_the_stream_with_the_gap_between()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.CaughtUpAsync();
        await world.Stream.DisposeAsync();
        await world.Pair.OnSourceAsync($"SELECT pg_drop_replication_slot('{world.Plan.Slot}'); INSERT INTO accounts VALUES (1, 'lost')");
        await world.Pair.OnSourceAsync($"SELECT pg_create_logical_replication_slot('{world.Plan.Slot}', 'pgoutput')");
        await world.RestartAsync();

        (await Should.ThrowAsync<BrokenException>(world.CaughtUpAsync())).Message.ShouldStartWith("gap: the slot");
    }

    [Fact]
    [Trait("Case", "7")]
    public async Task A_table_taken_out_of_the_publication_breaks_the_stream_at_its_next_connection()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.CaughtUpAsync();
        await world.Pair.OnSourceAsync($"ALTER PUBLICATION {world.Plan.Publication} DROP TABLE accounts");
        await world.RestartAsync();

        (await Should.ThrowAsync<BrokenException>(world.CaughtUpAsync())).Message.ShouldContain("no longer has accounts");
    }

    [Fact]
    [Trait("Case", "68"), Trait("Case", "69")]
    public async Task Rows_that_came_from_another_origin_are_carried_and_only_our_own_way_back_is_not()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        var ours = world.Plan.DroppedOrigin;
        foreach (var (origin, id) in new[] { ("somebody_" + ours, 1), (ours, 2) })
        {
            await world.Pair.OnSourceAsync(
                $"SELECT pg_replication_origin_create('{origin}'); SELECT pg_replication_origin_session_setup('{origin}'); BEGIN; INSERT INTO accounts VALUES ({id}, '{id}'); COMMIT; SELECT pg_replication_origin_session_reset(); SELECT pg_replication_origin_drop('{origin}')");
        }

        await world.CaughtUpAsync();

        (await world.Pair.FromTargetAsync<string>("SELECT string_agg(id::text, ' ') FROM accounts")).ShouldBe("1");
        world.Stream.Dropped.ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "70"), Trait("Case", "71"), Trait("Case", "48")]
    public async Task Messages_of_others_and_transactions_without_effect_change_nothing_and_are_acknowledged()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Pair.OnSourceAsync("INSERT INTO accounts VALUES (1, 'a', 1.0)");
        await world.CaughtUpAsync();
        var before = await ConfirmedAsync(world);

        await world.Pair.OnSourceAsync(
            $$"""
            SELECT pg_logical_emit_message(true, 'pgsplit', 'no json'), pg_logical_emit_message(true, 'pgsplit', '{"move": "other"}'), pg_logical_emit_message(true, 'pgsplit', '{"move": "other", "truncate": ["public", "accounts"]}'),
                   pg_logical_emit_message(true, 'pgsplit', '[]'), pg_logical_emit_message(true, 'pgsplit', '{"move": "{{world.Plan.MoveId}}", "truncate": 7}'), pg_logical_emit_message(false, 'else', repeat('x', 10000));
            """);
        await world.Pair.OnSourceAsync("BEGIN; DELETE FROM accounts; ROLLBACK");
        await world.Pair.OnSourceAsync("BEGIN; COMMIT; CREATE TABLE unrelated (id int); DROP TABLE unrelated; UPDATE accounts SET id = id; UPDATE accounts SET balance = 2 WHERE false");
        await world.CaughtUpAsync();

        await world.ShouldBeAlikeAsync();
        await Hdms.Testing.Eventually.ShouldAsync(async () => await ConfirmedAsync(world) > before);
    }

    [Fact]
    [Trait("Case", "66")]
    public async Task Another_cluster_in_the_sources_place_breaks_the_stream()
    {
        await using var world = await StreamWorld.CreateAsync(Accounts, "accounts");
        await world.Stream.DisposeAsync();
        await using var stream = new ChangeStream(world.Plan with { SendingSystem = world.Plan.SendingSystem + 1 });
        stream.Start();
        await Hdms.Testing.Eventually.ShouldAsync(() => Task.FromResult(stream.Fault is not null));
        stream.Fault!.Message.ShouldContain("is another cluster than the one that was prepared");
    }

    [Fact]
    [Trait("Case", "72"), Trait("Case", "73")]
    public async Task Sequences_of_every_kind_are_carried_ahead_and_never_back()
    {
        await using var pair = await DatabasePair.CreateAsync();
        const string Made =
            """
            CREATE SEQUENCE plain; CREATE SEQUENCE down INCREMENT -2 MINVALUE -5000 MAXVALUE 100 START 50; CREATE SEQUENCE round AS smallint MAXVALUE 5 CYCLE;
            CREATE SEQUENCE cached CACHE 50; CREATE SEQUENCE never START 7; CREATE SEQUENCE full_up AS smallint; CREATE SEQUENCE ahead;
            """;
        await pair.OnSourceAsync(Made + "SELECT nextval('plain'), nextval('down'), nextval('down'), nextval('cached'); SELECT nextval('round') FROM generate_series(1, 7); SELECT setval('full_up', 32767)");
        await pair.OnTargetAsync(Made + "SELECT setval('ahead', 900)");
        await using var source = await pair.Source.OpenAsync("test", CancellationToken.None);
        await using var target = await pair.Target.OpenAsync("test", CancellationToken.None);
        SequencePair[] all = [.. new[] { "plain", "down", "round", "cached", "never", "full_up", "ahead" }.Select(s => new QualifiedName("public", s)).Select(s => new SequencePair(s, s))];

        await Sequences.CarryAsync(source, target, all, Side.Source, final: false, CancellationToken.None);
        (await ValuesAsync(pair)).ShouldBe("1 t|48 t|2 t|50 t|7 f|32767 t|900 t");
        await Sequences.CarryAsync(source, target, all, Side.Source, final: true, CancellationToken.None);

        // Ahead by a margin, by more where numbers are cached, and not where one is nearly used up, goes round or was never called.
        (await ValuesAsync(pair)).ShouldBe("101 t|-152 t|2 t|650 t|7 f|32767 t|900 t");
    }

    static Task<string?> ValuesAsync(DatabasePair pair) => pair.FromTargetAsync<string>(
        "SELECT " + string.Join(" || '|' || ", new[] { "plain", "down", "round", "cached", "never", "full_up", "ahead" }.Select(s => $"(SELECT last_value || ' ' || is_called::text::char(1) FROM {s})")));

    static Task<int> SenderAsync(StreamWorld world) => world.Pair.FromSourceAsync<int>($"SELECT active_pid FROM pg_replication_slots WHERE slot_name = '{world.Plan.Slot}'");

    static Task<NpgsqlTypes.NpgsqlLogSequenceNumber> ConfirmedAsync(StreamWorld world) =>
        world.Pair.FromSourceAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>($"SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{world.Plan.Slot}'");
}
