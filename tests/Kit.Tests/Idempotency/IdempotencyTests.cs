using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Tests.Things;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

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

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 30)]
    public async Task A_key_is_known_for_a_day_and_that_of_a_service_for_thirty(bool service, int days)
    {
        var clock = new ManualClock();
        using var people = new People(clock);
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, s => s.AddSingleton<TimeProvider>(clock).AddSingleton<ISigningKeys>(people));
        Func<HttpClient> client = service ? things.Client : () => people.Client(things.Address);
        using var first = await PostAsync(client(), "key-1", "chair");
        first.StatusCode.ShouldBe(HttpStatusCode.Created, $"{first.Headers.WwwAuthenticate} {await first.Content.ReadAsStringAsync()}");

        clock.Advance(TimeSpan.FromDays(days) - TimeSpan.FromSeconds(1));
        using var again = await PostAsync(client(), "key-1", "chair");
        again.Headers.Contains("Idempotency-Replayed").ShouldBeTrue();

        clock.Advance(TimeSpan.FromSeconds(1));
        using var late = await PostAsync(client(), "key-1", "chair");
        late.StatusCode.ShouldBe(HttpStatusCode.Created);
        late.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        (await data.ScalarAsync<long>("SELECT count(*) FROM things")).ShouldBe(2);
    }

    [Fact]
    public async Task Answers_whose_time_is_over_are_deleted_and_no_others()
    {
        var clock = new ManualClock();
        using var people = new People(clock);
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data, s => s.AddSingleton<TimeProvider>(clock).AddSingleton<ISigningKeys>(people));
        using var ofService = await PostAsync(things.Client(), "key-1", "chair");
        using var ofPerson = await PostAsync(people.Client(things.Address), "key-1", "chair");
        (await data.ScalarAsync<long>("SELECT count(*) FROM things_idempotency")).ShouldBe(2);
        var later = clock.GetUtcNow() + TimeSpan.FromDays(29);

        await Eventually.TrueAsync(
            async () =>
            {
                // The cleaner may not have begun to wait for the hour yet.
                clock.Advance(TimeSpan.FromHours(1));
                return clock.GetUtcNow() > later || await data.ScalarAsync<long>("SELECT count(*) FROM things_idempotency") < 2;
            },
            "the person's is deleted");

        (await data.ScalarAsync<long>("SELECT count(*) FROM things_idempotency")).ShouldBe(1);
        using var again = await PostAsync(things.Client(), "key-1", "chair");
        again.Headers.Contains("Idempotency-Replayed").ShouldBeTrue();
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

    static Task<HttpResponseMessage> PostAsync(ThingsService things, string key, string? name, string path = "/api/v1/things") =>
        PostAsync(things.Client(), key, name, path);

    static async Task<HttpResponseMessage> PostAsync(HttpClient client, string key, string? name, string path = "/api/v1/things")
    {
        using var disposed = client;
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

    /// <summary>Signs somebody in, in the place of the users service.</summary>
    sealed class People(TimeProvider clock) : ISigningKeys, IDisposable
    {
        readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test" };
        readonly Guid _person = Guid.CreateVersion7();

        public ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string? keyId, CancellationToken ct) =>
            ValueTask.FromResult<IReadOnlyCollection<SecurityKey>>([_key]);

        public HttpClient Client(Uri address)
        {
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Tokens.Issuer,
                Audience = Tokens.Audience,
                NotBefore = clock.GetUtcNow().UtcDateTime,
                Expires = clock.GetUtcNow().UtcDateTime.AddMinutes(15),
                Subject = new ClaimsIdentity([new Claim(Kit.Auth.Claims.Subject, $"{_person}")]),
                SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.EcdsaSha256),
            });
            return new HttpClient { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        }

        public void Dispose() => _key.ECDsa.Dispose();
    }
}
