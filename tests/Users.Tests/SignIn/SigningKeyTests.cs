using System.Net;
using System.Text.Json;
using Hdms.Kit.Auth;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Hdms.Users.Tests.SignIn;

public sealed class SigningKeyTests
{
    [Fact]
    public async Task Instances_that_start_at_once_make_one_key_and_use_it_all()
    {
        await using var one = await UsersApi.StartAsync();
        await using var two = await one.StartAnotherAsync();
        await using var three = await one.StartAnotherAsync();

        var published = await Task.WhenAll(new[] { one, two, three, one, two, three }.Select(KidsAsync));

        published.SelectMany(k => k).Distinct().ShouldHaveSingleItem();
        (await one.Database.ScalarAsync<long>("SELECT count(*) FROM user_signing_keys")).ShouldBe(1);
    }

    [Fact]
    public async Task The_key_set_has_public_keys_only_and_may_be_cached()
    {
        await using var api = await UsersApi.StartAsync();

        using var answer = await api.Http.GetAsync("/.well-known/jwks.json");

        answer.Headers.CacheControl!.Public.ShouldBeTrue();
        answer.Headers.CacheControl.MaxAge.ShouldBe(TimeSpan.FromMinutes(10));
        var key = (await answer.ReadAsync<JsonElement>()).GetProperty("keys").EnumerateArray().ShouldHaveSingleItem();
        key.EnumerateObject().Select(m => m.Name).ShouldBe(["kty", "crv", "x", "y", "kid", "use", "alg"], ignoreOrder: true);
        key.GetProperty("alg").GetString().ShouldBe("ES256");
    }

    [Fact]
    public async Task Other_services_verify_tokens_by_the_key_set()
    {
        await using var api = await UsersApi.StartAsync();
        var signedIn = await api.SignInAsync(await api.AddAsync());

        using var keys = new JwksKeys(api.Http, api.Clock);
        var known = await keys.GetAsync(new JsonWebToken(signedIn.AccessToken).Kid, CancellationToken.None);

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(signedIn.AccessToken, new()
        {
            IssuerSigningKeys = known,
            ValidIssuer = Tokens.Issuer,
            ValidAudience = Tokens.Audience,
        });
        result.IsValid.ShouldBeTrue(result.Exception?.Message);
    }

    [Fact]
    public async Task A_key_signs_for_ninety_days_and_the_next_is_known_a_day_before()
    {
        await using var api = await UsersApi.StartAsync(("rate_limits", "false"));
        var person = await api.AddAsync();
        var first = await KidOfSignInAsync(api, person);

        api.Clock.Advance(TimeSpan.FromDays(88.9));
        (await KidsAsync(api)).ShouldBe([first]);
        api.Clock.Advance(TimeSpan.FromDays(0.2));
        (await KidsAsync(api)).Length.ShouldBe(2);
        (await KidOfSignInAsync(api, person)).ShouldBe(first);

        api.Clock.Advance(TimeSpan.FromDays(0.9) - TimeSpan.FromMinutes(5));
        var last = (await api.SignInAsync(person)).AccessToken;
        new JsonWebToken(last).Kid.ShouldBe(first);
        api.Clock.Advance(TimeSpan.FromMinutes(10));
        var second = await KidOfSignInAsync(api, person);
        second.ShouldNotBe(first);
        using var client = api.As(last);
        await client.GetAsync("/api/v1/auth/sessions").ShouldBeAsync(HttpStatusCode.OK);
        (await KidsAsync(api)).ShouldBe([first, second], ignoreOrder: true);

        api.Clock.Advance(TimeSpan.FromMinutes(15));
        (await KidsAsync(api)).ShouldBe([second]);
        await client.GetAsync("/api/v1/auth/sessions").ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task A_retired_key_is_deleted_and_the_one_that_signs_is_not()
    {
        await using var api = await UsersApi.StartAsync(("rate_limits", "false"));
        var first = (await KidsAsync(api)).Single();
        api.Clock.Advance(TimeSpan.FromDays(91.5));
        var second = (await KidsAsync(api)).Single();

        await api.Services.GetServices<IHostedService>().OfType<SignInCleaner>().Single().CleanAsync(CancellationToken.None);

        second.ShouldNotBe(first);
        (await api.Database.QueryAsync<string>("SELECT kid FROM user_signing_keys")).ShouldBe([second]);
    }

    static async Task<string> KidOfSignInAsync(UsersApi api, TestPerson person) => new JsonWebToken((await api.SignInAsync(person)).AccessToken).Kid;

    static async Task<string[]> KidsAsync(UsersApi api)
    {
        var set = await (await api.Http.GetAsync("/.well-known/jwks.json")).ReadAsync<JsonElement>();
        return [.. set.GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("kid").GetString()!)];
    }
}
