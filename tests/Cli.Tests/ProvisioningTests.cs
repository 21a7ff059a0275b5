using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>Two services in one database, each with a table and a row of its own.</summary>
public sealed class DatabaseOfTwoServices : IAsyncLifetime
{
    public Service Alpha { get; } = new("alpha", 9001, []);

    public Service Beta { get; } = new("beta", 9002, []);

    public TestDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Database = await TestDatabase.CreateAsync("two services", async template =>
    {
        await template.ProvisionAsync(Alpha, Beta);
        foreach (var service in new[] { Alpha, Beta })
        {
            await RunAsync(template, service.OwnerRole,
                $"""
                 CREATE TABLE {service.Name}_things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
                 CREATE SEQUENCE {service.Name}_numbers;
                 CREATE FUNCTION {service.Name}_secret() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM {service.Name}_things';
                 CREATE VIEW report.{service.Name}_names AS SELECT name FROM {service.Name}_things;
                 """);
        }
    });

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    public static async Task RunAsync(TestDatabase database, string role, string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionStringOf(role));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

public sealed class ProvisioningTests(DatabaseOfTwoServices world) : IClassFixture<DatabaseOfTwoServices>
{
    [Theory]
    [InlineData("INSERT INTO alpha_things (name) VALUES ('a'); UPDATE alpha_things SET name = 'b'; SELECT * FROM alpha_things; DELETE FROM alpha_things")]
    [InlineData("SELECT nextval('alpha_numbers'), alpha_secret()")]
    [InlineData("BEGIN; LOCK TABLE alpha_things IN ROW EXCLUSIVE MODE; COMMIT")]
    public Task A_service_works_with_its_own_tables(string sql) => RunAsync(world.Alpha.Role, sql);

    [Theory]
    [InlineData("SELECT * FROM beta_things")]
    [InlineData("INSERT INTO beta_things (name) VALUES ('x')")]
    [InlineData("SELECT a.name FROM alpha_things a JOIN beta_things b ON a.name = b.name")]
    [InlineData("SELECT nextval('beta_numbers')")]
    [InlineData("SELECT beta_secret()")]
    [InlineData("SELECT * FROM report.beta_names")]
    [InlineData("CREATE TABLE mine (n int)")]
    [InlineData("CREATE SCHEMA mine")]
    [InlineData("CREATE TEMPORARY TABLE mine (n int)")]
    [InlineData("TRUNCATE alpha_things")]
    [InlineData("BEGIN; LOCK TABLE beta_things IN SHARE MODE")]
    [InlineData("SET ROLE hdms_alpha_owner")]
    public Task A_service_can_do_nothing_else(string sql) => RefusedAsync(world.Alpha.Role, sql);

    [Theory]
    [InlineData("DROP TABLE beta_things")]
    [InlineData("ALTER TABLE beta_things ADD COLUMN n int")]
    [InlineData("SELECT * FROM beta_things")]
    [InlineData("SELECT * FROM report.beta_names")]
    [InlineData("ALTER TABLE alpha_things ADD FOREIGN KEY (id) REFERENCES beta_things (id)")]
    [InlineData("CREATE ROLE more")]
    public Task An_owner_has_no_power_over_another_services_tables(string sql) => RefusedAsync(world.Alpha.OwnerRole, sql);

    [Fact]
    public async Task Reports_are_read_across_services_by_a_role_that_may_not_sign_in()
    {
        (await world.Database.ScalarAsync<bool>("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'hdms_report'")).ShouldBeFalse();
        await world.Database.ExecuteAsync("SET ROLE hdms_report; SELECT * FROM report.alpha_names a JOIN report.beta_names b USING (name)");
        await Should.ThrowAsync<PostgresException>(() => world.Database.ExecuteAsync("SET ROLE hdms_report; SELECT * FROM alpha_things"));
    }

    [Fact]
    public async Task Views_that_were_there_before_are_given_to_their_reader_again()
    {
        await world.Database.ExecuteAsync("REVOKE ALL ON report.beta_names FROM hdms_report");

        await world.Database.ProvisionAsync(world.Alpha, world.Beta);

        await world.Database.ExecuteAsync("SET ROLE hdms_report; SELECT * FROM report.beta_names");
    }

    [Fact]
    public async Task Strangers_may_not_connect()
    {
        await world.Database.ExecuteAsync("CREATE ROLE stranger LOGIN PASSWORD 'x'");
        var stranger = new NpgsqlConnectionStringBuilder(world.Database.ConnectionString) { Username = "stranger", Password = "x" };

        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        (await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken)))
            .SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task Doing_it_again_changes_nothing_and_takes_nothing_away()
    {
        var before = await RightsAsync();

        await world.Database.ProvisionAsync(world.Alpha, world.Beta);

        (await RightsAsync()).ShouldBe(before);
        await RunAsync(world.Alpha.Role, "SELECT * FROM alpha_things");
    }

    [Fact]
    public async Task Tables_that_were_there_before_are_the_services_too()
    {
        await world.Database.ExecuteAsync("CREATE TABLE alpha_restored (n int); ALTER TABLE alpha_restored OWNER TO hdms_alpha_owner");
        await world.Database.ExecuteAsync("REVOKE ALL ON alpha_restored FROM hdms_alpha");

        await world.Database.ProvisionAsync(world.Alpha, world.Beta);

        await RunAsync(world.Alpha.Role, "INSERT INTO alpha_restored VALUES (1)");
    }

    [Fact]
    public async Task No_password_is_ever_part_of_a_statement()
    {
        var password = world.Database.Cluster.PasswordOf(world.Alpha.Role);

        var statements = await world.Database.QueryAsync<string>("SELECT query FROM pg_stat_statements WHERE query LIKE '%ROLE%'");

        statements.ShouldContain(s => s.Contains("SCRAM-SHA-256$4096"));
        statements.ShouldNotContain(s => s.Contains(password));
    }

    [Fact]
    public async Task Two_programs_at_once_do_not_disturb_one_another()
    {
        Service[] services = [new("gamma", 9003, []), new("delta", 9004, [])];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Database.Cluster.ProvisionAsync("hdms_at_once", services)));

        (await world.Database.ScalarAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname ~ '^hdms_(gamma|delta)'")).ShouldBe(4);
    }

    [Fact]
    public async Task An_admin_who_is_no_superuser_is_enough()
    {
        await world.Database.ExecuteAsync("CREATE ROLE landlord LOGIN CREATEDB CREATEROLE PASSWORD 'p:@ss/word'");
        var cluster = world.Database.Cluster;
        var admin = AdminAddress.Parse($"postgres://landlord:p%3A%40ss%2Fword@127.0.0.1:{cluster.Port}/postgres?sslmode=disable");
        using var directory = TestDirectory.Create();
        var secrets = new Secrets(directory.Path);
        Service[] services = [new("epsilon", 9005, [])];

        await new Provisioner(admin, secrets, ours: false).EnsureAsync("hdms_let", services, TestContext.Current.CancellationToken);
        await new Provisioner(admin, secrets, ours: false).EnsureAsync("hdms_let", services, TestContext.Current.CancellationToken);

        var owner = new NpgsqlConnectionStringBuilder(cluster.ConnectionString("hdms_let"))
        {
            Username = "hdms_epsilon_owner",
            Password = secrets["epsilon_owner_password"],
        };
        await using var connection = new NpgsqlConnection(owner.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await AdminSql.RunAsync(connection, "CREATE TABLE epsilon_things (n int)", TestContext.Current.CancellationToken);
        (await cluster.ScalarAsync<bool>("SELECT has_table_privilege('hdms_epsilon', 'epsilon_things', 'INSERT')", "hdms_let")).ShouldBeTrue();
        (await cluster.ScalarAsync<bool>("SELECT pg_has_role('landlord', 'hdms_report', 'MEMBER')")).ShouldBeTrue();
    }

    [Fact]
    public void A_wrong_admin_address_is_refused_without_repeating_it() =>
        Should.Throw<OneLineError>(() => AdminAddress.Parse("server=x;pass word=secret")).Message.ShouldNotContain("secret");

    Task RunAsync(string role, string sql) => DatabaseOfTwoServices.RunAsync(world.Database, role, sql);

    async Task RefusedAsync(string role, string sql) =>
        (await Should.ThrowAsync<PostgresException>(() => RunAsync(role, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    async Task<IReadOnlyList<string>> RightsAsync() => await world.Database.QueryAsync<string>(
        """
        SELECT relname || ' ' || relacl::text FROM pg_class WHERE relacl IS NOT NULL AND relname ~ '^(alpha|beta)_(things|numbers|names)'
        UNION ALL SELECT nspname || ' ' || nspacl::text FROM pg_namespace WHERE nspname IN ('public', 'report')
        UNION ALL SELECT defaclrole::regrole || ' ' || defaclobjtype::text || ' ' || defaclacl::text FROM pg_default_acl
        UNION ALL SELECT datacl::text FROM pg_database WHERE datname = current_database()
        ORDER BY 1
        """);
}
