using Hdms.Kit.Schema;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Kit.Tests.Schema;

public sealed class SchemaRunnerTests
{
    static readonly SchemaScript First = new("0001_first.sql", "CREATE TABLE first (id int)");
    static readonly SchemaScript Second = new("0002_second.sql", "CREATE TABLE second (id int)");

    [Fact]
    public async Task Each_script_runs_once_and_in_order()
    {
        await using var data = await ThingsService.NewDatabaseAsync();

        (await MigrateAsync(data, First)).ShouldBe(["0001_first.sql"]);
        (await MigrateAsync(data, First, Second)).ShouldBe(["0002_second.sql"]);
        (await MigrateAsync(data, First, Second)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Eight_programs_that_start_at_once_run_each_script_once()
    {
        await using var data = await ThingsService.NewDatabaseAsync();

        var ran = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MigrateAsync(data, First, Second)));

        ran.SelectMany(r => r).Order().ShouldBe(["0001_first.sql", "0002_second.sql"]);
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_ran_is_refused_and_nothing_runs()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await MigrateAsync(data, First);

        var refused = await Should.ThrowAsync<SchemaException>(MigrateAsync(data, First with { Sql = "CREATE TABLE first (id bigint)" }, Second));

        refused.Message.ShouldContain("0001_first.sql");
        (await data.ScalarAsync<bool>("SELECT to_regclass('second') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public void Line_ends_do_not_change_a_script()
    {
        var unix = new SchemaScript("0001_first.sql", "CREATE TABLE first (\n  id int\n)");
        new SchemaScript("0001_first.sql", "CREATE TABLE first (\r\n  id int\r\n)").Checksum.ShouldBe(unix.Checksum);
    }

    [Fact]
    public async Task A_schema_newer_than_the_program_is_refused_by_name()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await MigrateAsync(data, First, Second);

        (await Should.ThrowAsync<SchemaException>(MigrateAsync(data, First))).Message.ShouldContain("newer than this program: it does not know 0002_second.sql");
    }

    [Fact]
    public async Task A_service_does_not_start_on_a_schema_newer_than_the_program()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using (await ThingsService.StartAsync(data))
        {
            await data.ExecuteAsync("INSERT INTO things_schema_history VALUES ('0099_future.sql', 'x', '9.9.9', now(), '0')");
        }

        (await Should.ThrowAsync<SchemaException>(ThingsService.StartAsync(data))).Message.ShouldContain("0099_future.sql");
    }

    [Fact]
    public async Task A_service_that_may_not_change_its_schema_says_which_command_does()
    {
        await using var data = await ThingsService.NewDatabaseAsync();

        (await Should.ThrowAsync<SchemaException>(ThingsService.StartAsync(data, null, ("migrate_at_start", "false"))))
            .Message.ShouldContain("hdms migrate-schema things");
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_and_shows_the_place()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        var broken = new SchemaScript("0002_broken.sql", "CREATE TABLE half (id int);\nCREATE TABEL x ()");

        var failed = await Should.ThrowAsync<SchemaException>(MigrateAsync(data, First, broken));

        failed.Message.ShouldContain("0002_broken.sql");
        failed.Message.ShouldContain("line 2: CREATE TABEL x ()\n");
        failed.Message.ShouldEndWith("       ^");
        (await data.ScalarAsync<bool>("SELECT to_regclass('half') IS NULL")).ShouldBeTrue();
        (await data.ScalarAsync<string>("SELECT string_agg(script, ',') FROM things_schema_history")).ShouldBe("0001_first.sql");
    }

    [Fact]
    public async Task No_schema_script_runs_while_a_move_is_open()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await MigrateAsync(data, First);
        await data.ExecuteAsync(
            """
            CREATE SCHEMA pgsplit;
            CREATE FUNCTION pgsplit.fence_things() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            GRANT USAGE ON SCHEMA pgsplit TO PUBLIC;
            CREATE TRIGGER pgsplit_fence_things BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON things_schema_history FOR EACH STATEMENT EXECUTE FUNCTION pgsplit.fence_things();
            """);

        (await MigrateAsync(data, First)).ShouldBeEmpty("nothing waits, so a start goes on");
        (await Should.ThrowAsync<SchemaException>(MigrateAsync(data, First, new SchemaScript("0002_more.sql", "CREATE TABLE more (id int)"))))
            .Message.ShouldBe("Schema scripts of things wait while its move is open. Complete or cancel it first: hdms migrate status things");
    }

    [Fact]
    public async Task A_services_role_can_touch_no_other_services_tables()
    {
        await using var data = await TestDatabase.CreateAsync("things+watchers", d => d.ProvisionAsync(ThingsService.Service, WatchersService.Service));
        await using var things = await ThingsService.StartAsync(data);
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        var tables = await data.QueryAsync<(string Table, string Owner)>("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'");
        tables.Count.ShouldBeGreaterThan(15);

        foreach (var (role, owner) in new[] { ("hdms_things", "hdms_things_owner"), ("hdms_watchers", "hdms_watchers_owner") })
        {
            await using var connection = new NpgsqlConnection(data.ConnectionStringOf(role));
            await connection.OpenAsync();
            foreach (var (table, _) in tables.Where(t => t.Owner != owner))
            {
                foreach (var sql in new[] { $"SELECT FROM {table} LIMIT 1", $"DELETE FROM {table}", $"INSERT INTO {table} DEFAULT VALUES", $"DO 'BEGIN LOCK TABLE {table}; END'", $"DROP TABLE {table}" })
                {
                    (await Should.ThrowAsync<PostgresException>(Dapper.SqlMapper.ExecuteAsync(connection, sql), $"{role}: {sql}"))
                        .SqlState.ShouldBe("42501", $"{role}: {sql}");
                }
            }
        }
    }

    static async Task<IReadOnlyList<string>> MigrateAsync(TestDatabase data, params SchemaScript[] scripts)
    {
        await using var owner = new NpgsqlConnection(data.ConnectionStringOf(ThingsService.Service.OwnerRole));
        await owner.OpenAsync();
        return await new SchemaRunner("things", scripts).MigrateAsync(owner, null, CancellationToken.None);
    }
}
