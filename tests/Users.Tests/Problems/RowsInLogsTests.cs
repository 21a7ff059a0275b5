using System.Net;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.Problems;

public sealed class RowsInLogsTests
{
    [Fact]
    public async Task A_row_that_the_database_refuses_is_in_no_log()
    {
        await using var api = await UsersApi.StartAsync();
        using var admin = await api.AsAsync(Contracts.Role.Admin);
        await api.Database.ExecuteAsync("ALTER TABLE users ADD CONSTRAINT nobody_is_so_called CHECK (first_name <> 'Zerubabella')");

        // No route documents that it may fail, so not by the client that looks for that.
        using var client = new HttpClient { BaseAddress = admin.BaseAddress };
        client.DefaultRequestHeaders.Authorization = admin.DefaultRequestHeaders.Authorization;

        using var answer = await client.PostAsync($"{Api}/users", Somebody() with { FirstName = "Zerubabella" });

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        api.Log.Text.ShouldContain("(nobody_is_so_called)");
        api.Log.Text.ShouldNotContain("Zerubabella");
    }
}
