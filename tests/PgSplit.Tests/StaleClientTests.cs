using Npgsql;

namespace PgSplit.Tests;

/// <summary>
/// Clients that still write to the old place, each in another way (PROTOCOL case 89): all are told PS001 and where to go, and nothing is written.
/// </summary>
[Trait("Case", "89")]
public sealed class StaleClientTests(SwitchedWorld switched) : IClassFixture<SwitchedWorld>
{
    [Theory]
    [InlineData("INSERT INTO counters VALUES (99, 1)")]
    [InlineData("INSERT INTO orders (customer_id) VALUES (1)")]
    [InlineData("UPDATE counters SET n = 5")]
    [InlineData("UPDATE counters SET n = 5 WHERE false")]
    [InlineData("DELETE FROM counters")]
    [InlineData("INSERT INTO counters VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 7")]
    [InlineData("INSERT INTO counters VALUES (1, 1) ON CONFLICT DO NOTHING")]
    [InlineData("MERGE INTO counters c USING (VALUES (1), (99)) v(id) ON v.id = c.id WHEN MATCHED THEN UPDATE SET n = 3 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 0)")]
    [InlineData("WITH gone AS (DELETE FROM log RETURNING line) SELECT count(*) FROM gone")]
    [InlineData("TRUNCATE counters")]
    [InlineData("TRUNCATE events_a")]
    [InlineData("INSERT INTO events VALUES ('2025-02-01', 1, '{}')")]
    [InlineData("INSERT INTO events_a VALUES ('2025-02-01', 1, '{}')")]
    [InlineData("UPDATE events_b SET body = '{}'")]
    [InlineData("UPDATE payable SET customer_id = 2")]
    [InlineData("DELETE FROM payable")]
    [InlineData("SELECT pay(1)")]
    [InlineData("DO 'BEGIN UPDATE counters SET n = 4; END'")]
    [InlineData("BEGIN; SELECT 1; UPDATE counters SET n = 5; COMMIT")]
    public async Task A_statement_of_any_kind_is_told_the_route(string statement)
    {
        await using var session = await switched.OpenAsync();
        await switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(session, statement));
    }

    [Fact]
    public Task A_pooled_session_opened_before_the_switch_is_told_the_route() =>
        switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(switched.Pooled, "INSERT INTO counters VALUES (99, 1)"));

    [Fact]
    public Task A_statement_prepared_and_run_before_the_switch_is_told_the_route() =>
        switched.ShouldBeToldTheRouteAsync(() => switched.Prepared.ExecuteNonQueryAsync());

    [Fact]
    public Task A_transaction_whose_snapshot_is_older_than_the_fence_is_told_the_route() =>
        switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(switched.OldSnapshot, "UPDATE customers SET name = 'x' || name"));

    [Theory]
    [InlineData("COPY counters FROM STDIN")]
    [InlineData("COPY events_a FROM STDIN")]
    public async Task A_COPY_is_told_the_route(string copy)
    {
        await using var session = await switched.OpenAsync();
        await switched.ShouldBeToldTheRouteAsync(async () =>
        {
            await using var writer = await session.BeginTextImportAsync(copy);
            await writer.WriteAsync("2025-03-01\t77\n");
        });
    }

    [Theory]
    [InlineData("SET session_replication_role = replica; UPDATE counters SET n = 8")]
    [InlineData("SET session_replication_role = replica; TRUNCATE counters, orders")]
    [InlineData("ALTER TABLE counters DISABLE TRIGGER USER; UPDATE counters SET n = 8")]
    public async Task A_superuser_who_turns_triggers_off_for_the_session_or_the_usual_ones_is_told_the_route(string statement)
    {
        if (statement.Contains("DISABLE", StringComparison.Ordinal))
        {
            // The guard does not let the statement that disables it through.
            (await Should.ThrowAsync<PostgresException>(async () =>
            {
                await using var owner = await switched.OpenAsync("superuser");
                await SwitchedWorld.RunAsync(owner, statement);
            })).SqlState.ShouldBe("PS002");
            return;
        }

        await using var session = await switched.OpenAsync("superuser");
        await switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(session, statement));
    }

    [Fact]
    [Trait("Case", "43")]
    public async Task A_cascade_from_a_table_whose_fence_is_gone_meets_the_fence_of_the_other()
    {
        await using var session = await switched.OpenAsync("superuser");
        await switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(session,
            $"BEGIN; SET LOCAL application_name = 'pgsplit test'; ALTER TABLE customers DISABLE TRIGGER pgsplit_fence_{switched.World.Definition.Id}; DELETE FROM customers; COMMIT"));
    }

    [Fact]
    [Trait("Case", "90")]
    public async Task Readers_go_on_and_see_what_is_written_at_the_new_place()
    {
        await switched.World.Pair.OnTargetAsync("INSERT INTO ledger VALUES (-1, 1, 1)");
        await using var session = await switched.OpenAsync();
        await Hdms.Testing.Eventually.ShouldAsync(async () =>
        {
            await using var command = new NpgsqlCommand("SELECT count(*) FROM ledger WHERE client = -1", session);
            return (long)(await command.ExecuteScalarAsync())! == 1;
        });
    }

    [Fact]
    [Trait("Case", "92")]
    public async Task A_transaction_that_writes_to_moved_and_other_tables_is_refused_as_a_whole()
    {
        await using var session = await switched.OpenAsync("superuser");
        await SwitchedWorld.RunAsync(session, "SET application_name = 'pgsplit test'; CREATE TABLE staying (id int)");
        await switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(session, "BEGIN; INSERT INTO staying VALUES (1); UPDATE counters SET n = 1; COMMIT"));
        await SwitchedWorld.RunAsync(session, "ROLLBACK");
        (await switched.World.Pair.FromSourceAsync<long>("SELECT count(*) FROM staying")).ShouldBe(0);
    }

    [Fact]
    [Trait("Case", "107")]
    public async Task Numbers_are_not_taken_from_the_closed_sides_sequences()
    {
        await using var session = await switched.OpenAsync();
        (await Should.ThrowAsync<PostgresException>(SwitchedWorld.RunAsync(session, "SELECT nextval('orders_id_seq')"))).SqlState.ShouldBe("42501");
        (await switched.World.Pair.FromTargetAsync<bool>("SELECT has_sequence_privilege('stale_app', 'orders_id_seq', 'USAGE')")).ShouldBeTrue();
    }

    [Fact]
    [Trait("Case", "111")]
    public async Task A_row_can_still_be_claimed_at_the_closed_side_but_not_written()
    {
        await using var session = await switched.OpenAsync();
        // Documented: a lock of a row fires no trigger. Whoever claims, writes next, and is told then.
        await SwitchedWorld.RunAsync(session, "BEGIN; SELECT * FROM orders LIMIT 1 FOR UPDATE SKIP LOCKED");
        await switched.ShouldBeToldTheRouteAsync(() => SwitchedWorld.RunAsync(session, "UPDATE orders SET note = 'claimed'"));
    }
}
