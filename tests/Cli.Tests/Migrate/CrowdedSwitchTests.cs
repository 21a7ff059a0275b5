using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Hdms.Cli.Tests.Migrate;

/// <summary>All services change their home while many have a connection open that stays.</summary>
public sealed class CrowdedSwitchTests
{
    const int Persons = 20;
    const int StreamsEach = 10;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task Two_hundred_streams_and_twenty_uploads_stay_open_over_a_switch_of_every_service()
    {
        await using var hdms = await MovingHdms.StartAsync(("HDMS_RATE_LIMITS", "false"));
        await using var people = await PeopleAtWork.BeginAsync(hdms.Program, requesters: 2);
        var codes = await hdms.QueryAsync<string>("hdms_db", "SELECT employee_code FROM users WHERE is_active AND NOT is_deleted ORDER BY employee_code LIMIT @Persons", new { Persons });
        codes.Count.ShouldBe(Persons);
        var department = (await hdms.QueryAsync<string>("hdms_db", "SELECT id::text FROM departments WHERE code = 'IT'")).Single();
        var visitors = new List<(string Code, HttpClient Http, IReadOnlyList<LiveListener> Streams)>();
        try
        {
            foreach (var code in codes)
            {
                var http = await people.SignInAsync(code);
                visitors.Add((code, http, await Task.WhenAll(Enumerable.Range(0, StreamsEach).Select(_ => LiveListener.OpenAsync(http, Ct)))));
            }

            await hdms.MigrateAsync("start", "all");
            await hdms.MigrateAsync("verify", "all");
            var uploads = visitors.ConvertAll(v => new SlowUpload(v.Http, Ct));
            await people.GoesOnAsync();
            await hdms.MigrateAsync("switch", "all");

            foreach (var upload in uploads)
            {
                (await upload.EndAsync()).ShouldBe(HttpStatusCode.Created, "begun in one database, done in the other");
                upload.Dispose();
            }

            await people.GoesOnAsync();
            await people.EndAsync();
            await hdms.HasOnceAsync(people);
            foreach (var (code, http, streams) in visitors)
            {
                var said = await SaysAsync(http, department, code);
                foreach (var stream in streams)
                    await stream.HasOnceAsync([said]);
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{people.Requests} requests, none failed; the slowest took {people.Slowest.TotalMilliseconds:0} ms");
        }
        finally
        {
            foreach (var stream in visitors.SelectMany(v => v.Streams))
                await stream.DisposeAsync();
        }
    }

    /// <returns>What somebody has said in a ticket of their own.</returns>
    static async Task<string> SaysAsync(HttpClient http, string department, string code)
    {
        var id = await PostAsync(http, "/api/v1/tickets", new { title = $"After the switch, {code}", description = "Still here.", priority = "medium", category = "hardware", department_id = department, submit = true });
        var message = $"heard by {code}";
        await PostAsync(http, $"/api/v1/tickets/{id}/messages", new { message });
        return message;
    }

    static async Task<string> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString()!;
    }
}
