using Hdms.Kit.Schema;
using Npgsql;

namespace Hdms.Users.Tests;

/// <summary>What people may read of the service's tables, and who may not.</summary>
public sealed class ReportTests(Given given) : IClassFixture<Given>
{
    [Fact]
    public async Task The_reader_reads_every_view_and_nothing_secret()
    {
        await given.Api.Database.ExecuteAsync("UPDATE users SET cnic = '12345-6789012-3' WHERE id = @AdminId", new { given.AdminId });

        var views = UsersService.Definition.Reports.Select(v => v.Name).ToList();

        views.ShouldBe(["access_requests", "departments", "service_accounts", "team_members", "user_events", "user_imports", "users"]);
        foreach (var view in views)
            await AsAsync(ReportView.Reader, $"SELECT * FROM report.{view}");
        (await given.Api.Database.ScalarAsync<string>("SELECT cnic FROM report.users WHERE id = @AdminId", new { given.AdminId })).ShouldBe("*****-*****12-3");
        var columns = await given.Api.Database.QueryAsync<string>("SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'report'::regnamespace)");
        foreach (var secret in new[] { "password_hash", "refresh_token_hash", "successor_key", "private_key", "key_hash", "sealed", "audit", "cells", "note", "reason" })
            columns.ShouldNotContain(secret);
    }

    [Theory]
    [InlineData(ReportView.Reader, "SELECT * FROM public.users")]
    [InlineData(ReportView.Reader, "SELECT * FROM public.users_events")]
    [InlineData(ReportView.Reader, "SELECT * FROM public.users_person_keys")]
    [InlineData(ReportView.Reader, "DELETE FROM report.access_requests")]
    [InlineData(ReportView.Reader, "INSERT INTO report.service_accounts (id) VALUES (gen_random_uuid())")]
    [InlineData(ReportView.Reader, "CREATE VIEW report.mine AS SELECT 1")]
    [InlineData(ReportView.Reader, "CREATE TABLE public.mine (n int)")]
    [InlineData("hdms_users", "SELECT * FROM report.users")]
    public async Task Neither_the_reader_nor_the_service_may_do_more(string role, string sql) =>
        (await Should.ThrowAsync<PostgresException>(AsAsync(role, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    Task AsAsync(string role, string sql) => given.Api.Database.ExecuteAsync($"SET ROLE {role}; {sql}");
}
