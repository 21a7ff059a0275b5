using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>A service moves by what an admin presses on the page.</summary>
public sealed class SteerByApiTests
{
    const string Moves = "/api/v1/operations/moves";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_admin_takes_a_service_to_its_own_database_and_back_by_what_may_be_done_next()
    {
        await using var hdms = await MovingHdms.StartAsync();
        await using var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 1);
        (await StandsAsync(hdms)).GetProperty("may").EnumerateArray().Select(v => v.GetString()).ShouldBe(["start"]);

        foreach (var (verb, state, may) in new[]
        {
            ("start", "in_sync", new[] { "verify", "cancel" }),
            ("verify", "in_sync", ["switch", "verify", "cancel"]),
            ("switch", "switched", ["reverse", "verify", "complete"]),
            ("reverse", "in_sync", ["switch", "verify", "cancel"]),
            ("switch", "switched", ["reverse", "verify", "complete"]),
            ("complete", "none", []),
        })
        {
            using var asked = await hdms.Program.Http.PostAsync($"{Moves}/files/{verb}", null, Ct);
            asked.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            await Eventually.ShouldAsync(async () => (await StandsAsync(hdms)).GetProperty("run").GetProperty("state").GetString() != "running");
            var stands = await StandsAsync(hdms);
            stands.GetProperty("run").GetProperty("state").GetString().ShouldBe("done", stands.ToString());
            stands.GetProperty("state").GetString().ShouldBe(state, stands.ToString());
            stands.GetProperty("may").EnumerateArray().Select(v => v.GetString()!).ShouldBe(may, verb);
            await people.GoesOnAsync(2);
        }

        (await StandsAsync(hdms)).GetProperty("home").GetString().ShouldBe("hdms_files");
        (await hdms.HomeAsync(Services.Files)).ShouldBe("hdms_files");
        await people.EndAsync();
        await hdms.HasOnceAsync(people);

        var requester = await people.SignInAsync("DEV-006");
        using var refused = await requester.PostAsync($"{Moves}/users/start", null, Ct);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var unknown = await hdms.Program.Http.PostAsync($"{Moves}/users/drop", null, Ct);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    static async Task<JsonElement> StandsAsync(MovingHdms hdms) =>
        (await hdms.Program.Http.GetFromJsonAsync<JsonElement>(Moves, Ct)).EnumerateArray().Single(m => m.GetProperty("service").GetString() == "files");
}
