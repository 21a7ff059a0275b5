using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

/// <summary>The public keys of people's tokens as a JSON Web Key Set (RFC 7517).</summary>
static class PublishKeys
{
    /// <summary>Well within the day by which the next key is published before it signs.</summary>
    static readonly TimeSpan Cached = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/.well-known/jwks.json", Handle)
        .AllowAnonymous()
        .WithTags("Sign-in").WithName(nameof(PublishKeys)).WithSummary("The keys that access tokens are signed with");

    static async Task<Ok<KeySet>> Handle(SigningKeys keys, HttpResponse response, CancellationToken ct)
    {
        var published = await keys.PublishedAsync(null, ct);
        response.Headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"public, max-age={Cached.TotalSeconds}");
        return TypedResults.Ok(new KeySet([.. published.Select(k => new Key(k.Public.Kty, k.Public.Crv, k.Public.X, k.Public.Y, k.Kid, k.Public.Use, k.Public.Alg))]));
    }

    sealed record KeySet(IReadOnlyList<Key> Keys);

    sealed record Key(string Kty, string Crv, string X, string Y, string Kid, string Use, string Alg);
}
