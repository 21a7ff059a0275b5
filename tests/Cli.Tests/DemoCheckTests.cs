using Hdms.Cli.Cluster;
using Hdms.Cli.Doctor;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>What the doctor says of made-up people.</summary>
[Collection(OneHdms.Name)]
public sealed class DemoCheckTests(RunningHdms hdms) : IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await hdms.SqlAsync("CREATE TABLE users_before AS SELECT * FROM users");
        await hdms.SqlAsync("CREATE TABLE credentials_before AS SELECT * FROM user_credentials");
    }

    // Other tests need the people that are taken away here.
    public async ValueTask DisposeAsync()
    {
        await hdms.SqlAsync(
            """
            UPDATE users AS u SET is_active = b.is_active, is_deleted = b.is_deleted, deleted_at = b.deleted_at, helpdesk_authorized = b.helpdesk_authorized, email = b.email FROM users_before AS b WHERE b.id = u.id;
            UPDATE user_credentials AS c SET password_hash = b.password_hash FROM credentials_before AS b WHERE b.user_id = c.user_id;
            DROP TABLE users_before, credentials_before
            """);
    }

    [Fact]
    public async Task People_whose_password_is_public_are_named_until_none_can_sign_in_with_it()
    {
        var before = (await FindAsync(isPrivate: true)).ShouldHaveSingleItem();
        before.Severity.ShouldBe(Severity.Note);
        before.Service.ShouldBe("users");
        var people = int.Parse(before.What.Split(' ')[0], null);
        people.ShouldBeInRange(55, 65);
        (await FindAsync(isPrivate: false)).ShouldHaveSingleItem().Severity.ShouldBe(Severity.Warning, "others can reach a server of somebody's own");
        (await hdms.RunAsync("doctor")).Output.ShouldContain($"{people} people of the demo organisation");

        // Each by another way of not being able to.
        await hdms.SqlAsync("UPDATE users SET is_active = false WHERE employee_code = 'ADM-002'");
        await hdms.SqlAsync("UPDATE users SET is_deleted = true, deleted_at = now() WHERE employee_code = 'IT-002'");
        await hdms.SqlAsync("UPDATE users SET helpdesk_authorized = false WHERE employee_code = 'IT-003'");
        await hdms.SqlAsync("UPDATE user_credentials SET password_hash = overlay(password_hash placing 'AAAA' from 40) WHERE user_id = (SELECT id FROM users WHERE employee_code = 'IT-004')");
        await hdms.SqlAsync("UPDATE users SET email = 'somebody@company.example' WHERE employee_code = 'IT-005'");
        (await FindAsync(isPrivate: true)).ShouldHaveSingleItem().What.ShouldStartWith($"{people - 5} people");

        await hdms.SqlAsync("UPDATE users SET is_active = false");
        (await FindAsync(isPrivate: false)).ShouldBeEmpty();
        (await hdms.RunAsync("doctor")).Output.ShouldNotContain("demo organisation");
    }

    async Task<IReadOnlyList<DoctorFinding>> FindAsync(bool isPrivate)
    {
        await using var users = new NpgsqlConnection(PrivateCluster.FindRunning(hdms.Data)!.ConnectionString("hdms_db"));
        await users.OpenAsync(TestContext.Current.CancellationToken);
        return await DemoCheck.RunAsync(users, isPrivate, TestContext.Current.CancellationToken);
    }
}
