using Hdms.Cli.Hosting;
using Hdms.Cli.Migrate;
using Hdms.Kit.Database;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>What moves with a service.</summary>
public sealed class MapTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_table_of_a_service_is_in_its_map_and_every_table_there_is_in_one_map()
    {
        await using var data = await TestDatabase.CreateAsync("all services", d => d.ProvisionAsync([.. AllServices.Contracts]));
        await using var admin = new NpgsqlConnection(data.Cluster.ConnectionString(data.Name));
        await admin.OpenAsync(Ct);
        foreach (var definition in AllServices.Definitions)
        {
            await using var owner = new NpgsqlConnection(data.ConnectionStringOf(definition.Service.OwnerRole));
            await owner.OpenAsync(Ct);
            await definition.Schema.MigrateAsync(owner, null, Ct);
        }

        var maps = new List<string>();
        foreach (var service in AllServices.Contracts)
        {
            var map = (await OwnTables.ReadAsync(admin, service, Ct)).Select(t => t.ToString()).ToList();
            foreach (var part in new[] { "events", "log", "gate", "cursors", "parked", "idempotency", "schema_history", "sagas", "person_keys", "dangling" })
                map.ShouldContain($"{service.Name}_{part}");
            map.ShouldContain(OwnTables.Gate(service).ToString());
            maps.AddRange(map);
        }

        maps.ShouldContain(t => t.Contains("replica", StringComparison.Ordinal));
        var there = await data.QueryAsync<string>(
            """
            SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
            """);
        maps.ShouldBe(there, ignoreOrder: true, "a table that is in no map would stay behind, and one in two would have two homes");
    }

    [Theory]
    [InlineData("", "tickets_database: db:5432/hdms_tickets\n")]
    [InlineData("database: db:5432/hdms_db # all", "database: db:5432/hdms_db # all\ntickets_database: db:5432/hdms_tickets\n")]
    [InlineData("tickets_database: x:1/y\nredis: r\n", "tickets_database: db:5432/hdms_tickets\nredis: r\n")]
    [InlineData("tickets:\n  password: p\n  database: x:1/y\nusers:\n  database: u:1/u\n", "tickets:\n  password: p\n  database: db:5432/hdms_tickets\nusers:\n  database: u:1/u\n")]
    [InlineData("users:\n  database: u:1/u\ntickets:\n  password: p\n", "users:\n  database: u:1/u\ntickets:\n  password: p\ntickets_database: db:5432/hdms_tickets\n")]
    public void A_new_home_changes_one_line_of_the_settings_file(string before, string after) =>
        RecordHome.With(before, Contracts.Services.Tickets, new DatabaseAddress("db", 5432, "hdms_tickets")).ShouldBe(after);
}
