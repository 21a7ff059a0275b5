using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Tests.Things;

namespace Hdms.Kit.Tests.Idempotency;

public sealed class IdempotencyTests
{
    [Fact]
    public async Task A_repeated_request_gets_the_same_answer_and_has_no_second_effect()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);

        using var first = await PostAsync(things, "key-1", "chair");
        using var second = await PostAsync(things, "key-1", "chair");

        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await second.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
        second.Headers.Location.ShouldBe(first.Headers.Location);
        second.Headers.ETag.ShouldBe(first.Headers.ETag);
        second.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        first.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_request_under_a_used_key_is_refused()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var first = await PostAsync(things, "key-1", "chair");

        using var other = await PostAsync(things, "key-1", "table");

        (await ProblemAsync(other)).ShouldBe((422, "idempotency_mismatch"));
        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(1);
    }

    [Fact]
    public async Task Thirty_at_once_under_one_key_have_one_effect_and_one_answer()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            using var response = await PostAsync(things, "key-1", "chair");
            response.StatusCode.ShouldBe(HttpStatusCode.Created);
            return await response.Content.ReadAsStringAsync();
        }));

        answers.Distinct().Count().ShouldBe(1);
        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_request_waits_five_seconds_for_the_first_and_is_then_told_that_it_is_in_flight()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var slow = PostAsync(things, "key-1", "chair", "/api/v1/things/slow");
        await Eventually.TrueAsync(
            async () => await data.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(6)%' AND state = 'active' AND pid <> pg_backend_pid()") == 1,
            "the first is at work");

        using var second = await PostAsync(things, "key-1", "chair", "/api/v1/things/slow");

        (await ProblemAsync(second)).ShouldBe((409, "idempotency_in_flight"));
        (await slow).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_refused_request_is_not_kept_so_that_it_can_be_put_right_under_its_key()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var wrong = await PostAsync(things, "key-1", null);
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        using var right = await PostAsync(things, "key-1", "chair");

        right.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_is_known_for_a_day()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var first = await PostAsync(things, "key-1", "chair");
        await data.ExecuteAsync("UPDATE things_idempotency SET created_at = now() - interval '24 hours 1 second'");

        using var again = await PostAsync(things, "key-1", "chair");

        again.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("256")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);

        using var response = await PostAsync(things, key == "256" ? new string('k', 256) : key, "chair");

        (await ProblemAsync(response)).ShouldBe((400, "malformed"));
    }

    static async Task<HttpResponseMessage> PostAsync(ThingsService things, string key, string? name, string path = "/api/v1/things")
    {
        using var client = things.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(new { name }, options: Json.Tolerant),
            Headers = { { "Idempotency-Key", "x" } },
        };
        request.Headers.Remove("Idempotency-Key");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    static async Task<(int Status, string? Code)> ProblemAsync(HttpResponseMessage response) =>
        ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
}
