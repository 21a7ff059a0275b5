using System.Collections.Concurrent;
using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Tests.Feeds;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;

namespace Hdms.Kit.Tests.Database;

/// <summary>The route contract of PROTOCOL 1.0, with a fence and a route installed by hand as the migration engine does.</summary>
public sealed class FenceTests
{
    [Fact]
    public async Task While_the_data_changes_home_no_request_fails_and_each_effect_is_there_once()
    {
        await using var source = await ThingsService.NewDatabaseAsync();
        await using var target = await TestDatabase.CreateEmptyAsync();
        await target.ProvisionAsync(ThingsService.Service);
        await using var things = await ThingsService.StartAsync(source);
        await InstallFenceAsync(source, target);
        using var stop = new CancellationTokenSource();
        var made = new ConcurrentBag<Guid>();
        var failed = new ConcurrentBag<string>();

        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            using var client = things.Client();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var response = await client.PostAsJsonAsync("/api/v1/things", new MakeThing($"{w}/{i}"), Json.Tolerant);
                if (response.IsSuccessStatusCode)
                {
                    made.Add((await response.Content.ReadFromJsonAsync<ThingView>(Json.Tolerant))!.Id);
                }
                else
                {
                    failed.Add(await response.Content.ReadAsStringAsync());
                }
            }
        })).ToList();
        await Eventually.TrueAsync(() => Task.FromResult(made.Count > 200), "writes before the move");
        await MoveAsync(source, target);
        var before = made.Count;
        await Eventually.TrueAsync(() => Task.FromResult(made.Count > before + 200), "writes after the move");
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        failed.ShouldBeEmpty();
        (await target.QueryAsync<Guid>("SELECT id FROM things")).Order().ShouldBe(made.Order());
        (await target.ScalarAsync<long>("SELECT count(*) FROM things_events")).ShouldBe(made.Count);
        (await target.ScalarAsync<long>("SELECT max(position) FROM things_events")).ShouldBe(made.Count);
        (await target.ScalarAsync<long>("SELECT count(*) FROM things WHERE name LIKE '%'")).ShouldBeGreaterThan(
            await source.ScalarAsync<long>("SELECT count(*) FROM things"));
    }

    [Fact]
    public async Task While_both_sides_are_closed_a_request_waits_and_then_is_told_to_come_back()
    {
        await using var source = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(source);
        await InstallFenceAsync(source, source);
        await CloseAsync(source);
        using var client = things.Client();

        using var response = await client.PostAsJsonAsync("/api/v1/things", new MakeThing("late"), Json.Tolerant);

        ((int)response.StatusCode).ShouldBe(503);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await response.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("code").GetString().ShouldBe("moving");
        (await source.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(0);
    }

    [Fact]
    public async Task A_route_with_a_lower_epoch_than_was_seen_is_not_followed()
    {
        await using var source = await ThingsService.NewDatabaseAsync();
        await using var target = await TestDatabase.CreateEmptyAsync();
        await target.ProvisionAsync(ThingsService.Service);
        await using var things = await ThingsService.StartAsync(source);
        await InstallFenceAsync(source, target);
        await things.MakeAsync("here");
        await MoveAsync(source, target);
        await things.MakeAsync("there");

        // The old home, restored from a backup of before the move, would have everybody back.
        await target.ExecuteAsync("UPDATE pgsplit.route SET epoch = 1, write_address = @Address", new { source.Address });
        await target.ExecuteAsync("NOTIFY pgsplit_route");
        await things.MakeAsync("still there");

        (await target.QueryAsync<string>("SELECT name FROM things ORDER BY name")).ShouldBe(["here", "still there", "there"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_that_starts_after_the_move_works_on_the_new_home_and_leaves_the_old_one_alone(bool routeIsKnown)
    {
        await using var source = await ThingsService.NewDatabaseAsync();
        await using var target = await TestDatabase.CreateEmptyAsync();
        await target.ProvisionAsync(ThingsService.Service);
        await using (var before = await ThingsService.StartAsync(source))
        {
            await before.MakeAsync("before");
        }

        // As on an old home that was put back from a backup: its log would begin a new epoch, which the fence forbids.
        await source.ExecuteAsync("UPDATE things_log SET identity = 'elsewhere'");
        await InstallFenceAsync(source, target);
        await MoveAsync(source, target);
        if (routeIsKnown)
        {
            await source.ExecuteAsync("UPDATE pgsplit.route SET epoch = 2, write_address = @Address", new { target.Address });
            await source.ExecuteAsync("DROP TABLE things_schema_history");
        }

        await using var after = await ThingsService.StartAsync(source);
        await after.MakeAsync("after");

        (await target.QueryAsync<string>("SELECT name FROM things ORDER BY name")).ShouldBe(["after", "before"]);
        (await source.QueryAsync<string>("SELECT name FROM things")).ShouldBe(["before"]);
        (await source.QueryAsync<string>("SELECT identity FROM things_log")).ShouldBe(["elsewhere"]);
        (await source.ScalarAsync<bool>("SELECT to_regclass('things_schema_history') IS NULL")).ShouldBe(routeIsKnown);
        (await target.ScalarAsync<int>("SELECT max(epoch) FROM things_log")).ShouldBe(2);
    }

    /// <summary>The fence of PROTOCOL 1.0 on every table that is written, open; and a route that says where home is.</summary>
    static async Task InstallFenceAsync(TestDatabase source, TestDatabase target)
    {
        const string Route =
            """
            CREATE SCHEMA IF NOT EXISTS pgsplit;
            CREATE TABLE IF NOT EXISTS pgsplit.route (service text PRIMARY KEY, epoch bigint NOT NULL, write_address text NOT NULL, read_addresses text[], state text NOT NULL);
            GRANT USAGE ON SCHEMA pgsplit TO hdms_things;
            GRANT SELECT ON pgsplit.route TO hdms_things;
            """;
        await source.ExecuteAsync(Route);
        await source.ExecuteAsync(
            """
            INSERT INTO pgsplit.route VALUES ('things', 1, @Address, '{}', 'open');
            CREATE FUNCTION pgsplit.fence_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            GRANT EXECUTE ON FUNCTION pgsplit.fence_1() TO PUBLIC;
            """,
            new { source.Address });
        foreach (var table in await source.QueryAsync<string>("SELECT tablename FROM pg_tables WHERE tableowner = 'hdms_things_owner'"))
        {
            await source.ExecuteAsync(
                $"""
                CREATE TRIGGER pgsplit_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION pgsplit.fence_1();
                ALTER TABLE {table} ENABLE ALWAYS TRIGGER pgsplit_fence;
                """);
        }

        if (target != source)
        {
            await target.ExecuteAsync(Route);
        }

        await source.ExecuteAsync(
            $$"""
            CREATE FUNCTION pgsplit.close() RETURNS void LANGUAGE sql AS $sql$
              DO $do$ BEGIN
                EXECUTE $body$
                  CREATE OR REPLACE FUNCTION pgsplit.fence_1() RETURNS trigger LANGUAGE plpgsql AS
                  $f$ BEGIN RAISE EXCEPTION 'moved' USING ERRCODE = 'PS001',
                     DETAIL = '{"move": 1, "epoch": 2, "owner": "T", "address": "{{target.Address}}"}'; END $f$ $body$;
              END $do$;
            $sql$
            """);
    }

    static Task CloseAsync(TestDatabase source) => source.ExecuteAsync("SELECT pgsplit.close()");

    /// <summary>Hold-the-lock cutover in small: writers wait for the gate, the rows go over, S closes, T opens, the route follows late.</summary>
    static async Task MoveAsync(TestDatabase source, TestDatabase target)
    {
        await using var connection = new Npgsql.NpgsqlConnection(source.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Dapper.SqlMapper.ExecuteAsync(connection, "LOCK TABLE things_gate IN SHARE ROW EXCLUSIVE MODE");
        await using (var dump = new Dump(source))
        {
            await dump.TakeAsync();
            await dump.RestoreAsync(target);
        }

        await target.ExecuteAsync("CREATE OR REPLACE FUNCTION pgsplit.fence_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
        await Dapper.SqlMapper.ExecuteAsync(connection, "SELECT pgsplit.close()");
        await transaction.CommitAsync();
        await target.ExecuteAsync("DELETE FROM pgsplit.route; INSERT INTO pgsplit.route VALUES ('things', 2, @Address, '{}', 'open')", new { target.Address });
    }
}
