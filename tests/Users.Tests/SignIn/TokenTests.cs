using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hdms.Kit.Auth;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Users.Tests.SignIn;

public sealed class TokenTests(UsersApi api) : IClassFixture<UsersApi>
{
    [Fact]
    public async Task A_token_made_as_the_service_makes_it_is_taken() => await TryAsync(Forge(await KeyAsync())).ShouldBeAsync(HttpStatusCode.OK);

    [Fact]
    public async Task A_token_signed_with_another_key_under_the_same_name_is_refused()
    {
        var kid = (await KeyAsync()).Kid;

        await RefusedAsync(Forge(new SigningKey(kid, SigningKey.Make().Pkcs8, DateTimeOffset.MaxValue)));
    }

    [Fact]
    public async Task A_token_of_a_key_that_nobody_knows_is_refused()
    {
        var (kid, pkcs8) = SigningKey.Make();

        await RefusedAsync(Forge(new SigningKey(kid, pkcs8, DateTimeOffset.MaxValue)));
    }

    [Fact]
    public async Task A_token_without_signature_is_refused()
    {
        var signed = Forge(await KeyAsync()).Split('.');

        await RefusedAsync($"{Part(new { alg = "none", typ = "JWT" })}.{signed[1]}.");
        await RefusedAsync($"{signed[0]}.{signed[1]}.");
        await RefusedAsync($"{Part(new { alg = "none", typ = "JWT", kid = (await KeyAsync()).Kid })}.{signed[1]}.{signed[2]}");
    }

    [Fact]
    public async Task The_public_key_is_no_shared_secret()
    {
        var key = await KeyAsync();
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.Public.X), Y = Base64UrlEncoder.DecodeBytes(key.Public.Y) },
        });
        var payload = Forge(key).Split('.')[1];
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(ecdsa.ExportSubjectPublicKeyInfoPem()), ecdsa.ExportSubjectPublicKeyInfo(),
            Base64UrlEncoder.DecodeBytes(key.Public.X), Encoding.UTF8.GetBytes(key.Public.X),
        ];

        foreach (var secret in secrets)
        {
            var head = $"{Part(new { alg = "HS256", typ = "JWT", kid = key.Kid })}.{payload}";
            await RefusedAsync($"{head}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(head)))}");
        }
    }

    [Fact]
    public async Task A_token_changed_after_it_was_signed_is_refused()
    {
        var parts = Forge(await KeyAsync(), role: "requester").Split('.');
        var payload = Base64UrlEncoder.Decode(parts[1]).Replace("requester", "admin", StringComparison.Ordinal);

        await RefusedAsync($"{parts[0]}.{Base64UrlEncoder.Encode(payload)}.{parts[2]}");
    }

    [Fact]
    public async Task A_token_for_another_audience_is_refused() => await RefusedAsync(Forge(await KeyAsync(), audience: "urn:somebody-else"));

    [Fact]
    public async Task A_token_of_another_issuer_is_refused() => await RefusedAsync(Forge(await KeyAsync(), issuer: "urn:somebody-else"));

    [Fact]
    public async Task A_token_that_calls_itself_a_services_but_is_signed_as_a_persons_is_refused() =>
        await RefusedAsync(Forge(await KeyAsync(), issuer: Tokens.ServiceIssuer));

    [Fact]
    public Task A_services_token_under_another_key_is_refused() =>
        RefusedAsync(new ServiceTokens("tickets", RandomNumberGenerator.GetBytes(32), api.Clock).Current());

    [Fact]
    public async Task A_token_is_good_until_it_expires_and_not_after()
    {
        var token = Forge(await KeyAsync());
        api.Clock.Advance(TimeSpan.FromMinutes(14));
        await TryAsync(token).ShouldBeAsync(HttpStatusCode.OK);

        api.Clock.Advance(TimeSpan.FromMinutes(2));

        await RefusedAsync(token);
    }

    [Fact]
    public async Task A_token_from_the_future_is_refused() => await RefusedAsync(Forge(await KeyAsync(), from: api.Clock.GetUtcNow().AddMinutes(5)));

    [Fact]
    public async Task A_token_that_never_expires_is_refused() => await RefusedAsync(Forge(await KeyAsync(), expires: false));

    string Forge(
        SigningKey key, string issuer = Tokens.Issuer, string audience = Tokens.Audience, string role = "admin", DateTimeOffset? from = null, bool expires = true)
    {
        var start = from ?? api.Clock.GetUtcNow();
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = start.UtcDateTime,
            Expires = expires ? start.AddMinutes(15).UtcDateTime : null,
            Claims = new Dictionary<string, object> { [Claims.Subject] = Guid.CreateVersion7().ToString(), [Claims.Role] = role },
            SigningCredentials = new SigningCredentials(key.Private, SecurityAlgorithms.EcdsaSha256),
        });
    }

    async Task<SigningKey> KeyAsync() => await api.Services.GetRequiredService<SigningKeys>().CurrentAsync(CancellationToken.None);

    async Task<HttpResponseMessage> TryAsync(string token)
    {
        using var client = api.As(token);
        return await client.GetAsync("/api/v1/auth/sessions");
    }

    Task RefusedAsync(string token) => TryAsync(token).ShouldBeAsync(Codes.Unauthenticated);

    static string Part(object json) => Base64UrlEncoder.Encode(JsonSerializer.Serialize(json));
}
