using Hdms.Contracts;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Users.Tests.SignIn;

public sealed class SignInRaceTests(UsersApi api) : IClassFixture<UsersApi>
{
    [Theory]
    [InlineData("is_active = false")]
    [InlineData("helpdesk_authorized = false")]
    [InlineData("is_deleted = true, deleted_at = now()")]
    public async Task Nobody_comes_in_who_is_taken_out_while_the_password_is_checked(string change)
    {
        var person = await api.AddAsync();
        await using var connection = new NpgsqlConnection(api.Database.ConnectionString);
        await connection.OpenAsync();
        await using var takingOut = await connection.BeginTransactionAsync();
        await using (var update = new NpgsqlCommand($"UPDATE users SET {change} WHERE id = $1", connection) { Parameters = { new() { Value = person.Id } } })
            await update.ExecuteNonQueryAsync();

        var coming = api.Http.PostAsync("/api/v1/auth/sign-in", new SignInRequest(person.Code, TestPerson.Password));
        while (!coming.IsCompleted && await api.Database.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
            await Task.Delay(10);
        coming.IsCompleted.ShouldBeFalse();
        await takingOut.CommitAsync();

        await coming.ShouldBeAsync(Codes.Unauthenticated);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM user_sessions WHERE user_id = @Id", new { person.Id })).ShouldBe(0);
    }
}
