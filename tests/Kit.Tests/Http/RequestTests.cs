using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Tests.Things;

namespace Hdms.Kit.Tests.Http;

public sealed class RequestTests
{
    [Fact]
    public async Task A_version_that_is_not_the_current_one_is_412_in_the_header_and_409_in_the_body()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var thing = await things.MakeAsync("one");
        using var client = things.Client();

        async Task<(int, string?, long)> PatchAsync(string? ifMatch, long? version)
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/things/{thing.Id}") { Content = JsonContent.Create(new RenameThing("two", version), options: Json.Tolerant) };
            if (ifMatch is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            }

            using var response = await client.SendAsync(request);
            var body = await response.Content.ReadFromJsonAsync<JsonElement>();
            return ((int)response.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString() : null, body.TryGetProperty("version", out var v) ? v.GetInt64() : 0);
        }

        (await PatchAsync("\"7\"", null)).ShouldBe((412, "precondition_failed", 1));
        (await PatchAsync(null, 7)).ShouldBe((409, "version_conflict", 1));
        (await PatchAsync("seven", null)).ShouldBe((400, "malformed", 0));
        (await PatchAsync("\"1\"", 1)).ShouldBe((200, null, 2));
    }

    [Theory]
    [InlineData("{\"name\":", 400, "malformed", null)]
    [InlineData("", 400, "malformed", null)]
    [InlineData("{\"name\":\"a\",\"nmae\":\"b\"}", 422, "validation_failed", "nmae")]
    [InlineData("{\"name\":7}", 422, "validation_failed", "name")]
    [InlineData("{\"name\":null}", 422, "validation_failed", "name")]
    [InlineData("{}", 422, "validation_failed", "name")]
    [InlineData("{\"name\":\"a\\u0000b\"}", 422, "validation_failed", "name")]
    [InlineData("{\"name\":\"\\ud800\"}", 422, "validation_failed", "name")]
    public async Task A_body_that_can_not_be_read_is_400_and_one_that_is_wrong_is_422_with_the_field(string body, int status, string code, string? field)
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var client = things.Client();

        using var response = await client.PostAsync("/api/v1/things", new StringContent(body, Encoding.UTF8, "application/json"));

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        ((int)response.StatusCode, problem.GetProperty("code").GetString()).ShouldBe((status, code));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        problem.GetProperty("trace_id").GetString().ShouldNotBeNullOrEmpty();
        if (field is not null)
        {
            problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe([field]);
        }

        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(0);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, "not_found")]
    [InlineData("DELETE", "/api/v1/things", 405, "method_not_allowed")]
    [InlineData("GET", "/api/v1/things/00000000-0000-0000-0000-000000000000", 404, "not_found")]
    [InlineData("GET", "/api/v1/things/events?limit=0", 422, "validation_failed")]
    [InlineData("GET", "/api/v1/things/events?limit=ten", 400, "malformed")]
    [InlineData("GET", "/api/v1/things/events?lastEventId=%00", 400, "malformed")]
    public async Task What_the_framework_refuses_is_a_problem_like_any_other(string method, string path, int status, string code)
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        using var client = things.Client();

        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        ((int)response.StatusCode).ShouldBe(status);
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task Past_the_limit_of_a_minute_the_answer_is_429_with_the_time_to_wait()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("rate_limits", "true"), ("rate_limit_requester", "5"));
        using var client = new HttpClient { BaseAddress = things.Address };

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 6; i++)
        {
            answers.Add(await client.GetAsync("/healthz"));
        }

        answers.Select(a => a.StatusCode).ShouldBe([.. Enumerable.Repeat(HttpStatusCode.OK, 5), HttpStatusCode.TooManyRequests]);
        answers.Select(a => a.Headers.GetValues("X-RateLimit-Remaining").Single()).ShouldBe(["4", "3", "2", "1", "0", "0"]);
        answers[^1].Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        (await answers[^1].Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString().ShouldBe("rate_limited");
    }

    [Fact]
    public async Task When_too_much_is_at_work_at_once_the_answer_is_503_and_soon_again_all_is_well()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("max_concurrent_requests", "1"));
        using var client = things.Client();

        Task<HttpResponseMessage> SlowAsync() => client.PostAsJsonAsync("/api/v1/things/slow", new MakeThing("slow"), Json.Tolerant);
        var atWork = SlowAsync();
        await Eventually.TrueAsync(async () => await data.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(6)%' AND pid <> pg_backend_pid()") == 1, "one is at work");
        var more = new[] { SlowAsync(), SlowAsync(), SlowAsync() };

        var first = await await Task.WhenAny(more);
        first.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        first.Headers.RetryAfter.ShouldNotBeNull();
        (await atWork).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Task.WhenAll(more)).ShouldAllBe(r => r.StatusCode == HttpStatusCode.Created || r.StatusCode == HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_each_caller_has_a_limit_of_their_own()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("rate_limits", "true"), ("rate_limit_requester", "2"));
        await using var other = await ThingsService.StartAsync(data, null, ("rate_limits", "true"), ("rate_limit_requester", "2"), ("trusted_proxies", "10.9.9.9"));

        (await StatusesAsync(things)).ShouldBe([200, 200, 429, 200]);
        // Who is not trusted can't choose whose limit it is.
        (await StatusesAsync(other)).ShouldBe([200, 200, 429, 429]);

        static async Task<List<int>> StatusesAsync(ThingsService at)
        {
            using var client = new HttpClient { BaseAddress = at.Address };
            var statuses = new List<int>();
            foreach (var from in new[] { "203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz") { Headers = { { "X-Forwarded-For", from } } };
                statuses.Add((int)(await client.SendAsync(request)).StatusCode);
            }

            return statuses;
        }
    }

    [Fact]
    public async Task While_no_key_can_be_had_a_token_is_neither_taken_nor_called_bad()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, null, ("users_url", "http://127.0.0.1:9"));
        using var client = new HttpClient { BaseAddress = things.Address };
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var token = new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler().CreateToken(new Microsoft.IdentityModel.Tokens.SecurityTokenDescriptor
        {
            Issuer = Kit.Auth.Tokens.Issuer,
            Audience = Kit.Auth.Tokens.Audience,
            SigningCredentials = new(new Microsoft.IdentityModel.Tokens.ECDsaSecurityKey(key) { KeyId = "k" }, "ES256"),
        });
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);

        using var response = await client.GetAsync($"/api/v1/things/{Guid.NewGuid()}");

        ((int)response.StatusCode).ShouldBe(503);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString().ShouldBe("reference_unavailable");
    }
}
