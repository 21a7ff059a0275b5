using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Testing;
using Hdms.Users.Demo;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>In phase 2 one service's database may be away while the others' are not.</summary>
public sealed class StoppedDatabaseTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task While_the_users_database_is_away_who_is_signed_in_reads_and_raises_tickets_and_nobody_new_comes_in()
    {
        await using var hdms = await MovingHdms.StartAsync();
        foreach (var verb in new[] { "start", "verify", "switch", "complete" })
            await hdms.MigrateAsync(verb, "users");
        var http = hdms.Program.Http;
        await hdms.Program.SignInAsync("DEV-006");
        var department = (await http.GetFromJsonAsync<JsonElement>("/api/v1/departments", Ct)).GetProperty("data")[0].GetProperty("id").GetGuid();
        var before = await RaiseAsync(http, department);
        before.StatusCode.ShouldBe(HttpStatusCode.Created, await before.Content.ReadAsStringAsync(Ct));

        await hdms.QueryAsync<string>("postgres", $"ALTER DATABASE hdms_users ALLOW_CONNECTIONS false");
        await hdms.QueryAsync<bool>("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hdms_users'");

        var id = (await before.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString();
        using var read = await http.GetAsync($"/api/v1/tickets/{id}", Ct);
        read.StatusCode.ShouldBe(HttpStatusCode.OK);
        var during = await RaiseAsync(http, department);
        during.StatusCode.ShouldBe(HttpStatusCode.Created, await during.Content.ReadAsStringAsync(Ct));
        var nowhere = await RaiseAsync(http, Guid.NewGuid());
        new[] { HttpStatusCode.UnprocessableEntity, HttpStatusCode.ServiceUnavailable }.ShouldContain(nowhere.StatusCode, await nowhere.Content.ReadAsStringAsync(Ct));
        (await SignInAsync(http)).ShouldBe(HttpStatusCode.ServiceUnavailable);

        await hdms.QueryAsync<string>("postgres", "ALTER DATABASE hdms_users ALLOW_CONNECTIONS true");
        await Eventually.ShouldAsync(async () => await SignInAsync(http) == HttpStatusCode.OK);
        var titles = await hdms.QueryAsync<string>(await hdms.HomeAsync(Services.Tickets), "SELECT title FROM tickets WHERE title = 'Raised in the drill'");
        titles.Count.ShouldBe(2, "what was acknowledged, and nothing that was refused");
    }

    static Task<HttpResponseMessage> RaiseAsync(HttpClient http, Guid department) => http.PostAsJsonAsync(
        "/api/v1/tickets", new { title = "Raised in the drill", description = "While people's database is away.", priority = "medium", category = "hardware", department_id = department, submit = true }, Ct);

    static async Task<HttpStatusCode> SignInAsync(HttpClient http)
    {
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = "DEV-007", password = DemoOrganisation.Password }, Ct);
        return answer.StatusCode;
    }
}
