using Hdms.Kit.Schema;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Kit.Tests.Schema;

public sealed class ReportViewTests : IAsyncLifetime
{
    static readonly SchemaScript Shelves = new("0001_shelves.sql", "CREATE TABLE shelves (id int, name varchar(10), secret text); INSERT INTO shelves VALUES (1, 'one', 'x')");
    static readonly SchemaScript Wider = new("0002_wider.sql", "ALTER TABLE shelves ALTER COLUMN name TYPE text, DROP COLUMN secret");
    static readonly ReportView Names = new("shelves", "-- The shelves.\nSELECT id, name FROM shelves;\n");

    TestDatabase _data = null!;

    public async ValueTask InitializeAsync() => _data = await ThingsService.NewDatabaseAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public async Task Views_are_made_once_and_again_when_they_change_or_are_no_longer_wanted()
    {
        await MigrateAsync([Shelves], Names);
        var made = await OidAsync("shelves");
        await MigrateAsync([Shelves], Names with { Query = Names.Query.Replace("\n", "\r\n", StringComparison.Ordinal) });
        (await OidAsync("shelves")).ShouldBe(made, "nothing has changed");

        await MigrateAsync([Shelves], Names, new ReportView("others", "SELECT 1 AS one"));
        (await OidAsync("others")).ShouldNotBeNull();
        await MigrateAsync([Shelves], Names with { Query = "SELECT name FROM shelves" });
        (await OidAsync("others")).ShouldBeNull();
        (await _data.ScalarAsync<string>("SET ROLE hdms_report; SELECT r::text FROM report.shelves AS r")).ShouldBe("(one)");
    }

    [Fact]
    public async Task A_script_may_change_what_a_view_reads()
    {
        await MigrateAsync([Shelves], Names with { Query = "SELECT id, name, secret FROM shelves" });

        await MigrateAsync([Shelves, Wider], Names);

        (await _data.ScalarAsync<string>("SET ROLE hdms_report; SELECT r::text FROM report.shelves AS r")).ShouldBe("(1,one)");
    }

    [Fact]
    public async Task A_script_that_fails_leaves_the_views_as_they_were()
    {
        await MigrateAsync([Shelves], Names);

        await Should.ThrowAsync<SchemaException>(MigrateAsync([Shelves, Wider with { Sql = "ALTER TABLE shelves DROP COLUMN name; SELECT 1/0" }], Names));

        (await _data.ScalarAsync<string>("SELECT name FROM report.shelves")).ShouldBe("one");
    }

    [Fact]
    public async Task A_view_that_can_not_be_made_is_named_and_the_others_stay()
    {
        await MigrateAsync([Shelves], Names);

        (await Should.ThrowAsync<SchemaException>(MigrateAsync([Shelves], Names with { Query = "SELECT nothing FROM shelves" })))
            .Message.ShouldBe("The report view shelves could not be made: column \"nothing\" does not exist");

        (await _data.ScalarAsync<string>("SELECT name FROM report.shelves")).ShouldBe("one");
    }

    [Fact]
    public async Task Where_nobody_has_prepared_for_reports_there_are_none()
    {
        await _data.ExecuteAsync("DROP SCHEMA report CASCADE");

        await MigrateAsync([Shelves], Names);

        (await _data.ScalarAsync<bool>("SELECT to_regclass('shelves') IS NOT NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_an_operator_has_put_there_is_left_alone()
    {
        await MigrateAsync([Shelves], Names);
        await _data.ExecuteAsync("CREATE VIEW report.mine AS SELECT 1 AS one; ALTER VIEW report.mine OWNER TO hdms_things_owner");

        await MigrateAsync([Shelves, Wider], Names);

        (await OidAsync("mine")).ShouldNotBeNull();
    }

    Task<long?> OidAsync(string view) => _data.ScalarAsync<long?>($"SELECT to_regclass('report.{view}')::oid::bigint");

    async Task MigrateAsync(SchemaScript[] scripts, params ReportView[] views)
    {
        await using var owner = new NpgsqlConnection(_data.ConnectionStringOf(ThingsService.Service.OwnerRole));
        await owner.OpenAsync();
        await new SchemaRunner("things", scripts, views).MigrateAsync(owner, null, CancellationToken.None);
    }
}
