using Hdms.Kit.Auth;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Users.SignIn;

/// <summary>Makes access tokens: JWT, ES256, 15 minutes (RFC 7519). They can't be taken back, only let run out.</summary>
sealed class AccessTokens(SigningKeys keys, TimeProvider clock)
{
    public const string Type = "Bearer";

    readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    public Task<AccessToken> ForPersonAsync(Person person, Guid session, CancellationToken ct)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [Claims.Subject] = person.Id.ToString(),
            [Claims.Role] = person.Role,
            [Claims.Session] = session.ToString(),
        };
        if (person.DepartmentId is { } department)
        {
            claims[Claims.Department] = department.ToString();
        }

        string[] flags = [.. Flags(person)];
        if (flags.Length > 0)
        {
            claims[Claims.Flag] = flags;
        }

        return SignAsync(claims, null, ct);
    }

    /// <param name="until">When the account itself expires; its token does not outlive it.</param>
    public Task<AccessToken> ForServiceAccountAsync(Guid account, string scope, DateTimeOffset? until, CancellationToken ct)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { [Claims.ServiceAccount] = account.ToString(), [Claims.Scope] = scope };
        return SignAsync(claims, until, ct);
    }

    async Task<AccessToken> SignAsync(Dictionary<string, object> claims, DateTimeOffset? atMost, CancellationToken ct)
    {
        var key = await keys.CurrentAsync(ct);
        var now = clock.GetUtcNow();
        var until = now + Tokens.AccessLifetime;
        until = atMost < until ? atMost.Value : until;
        claims[JwtRegisteredClaimNames.Jti] = Guid.CreateVersion7(now).ToString();
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Tokens.Issuer,
            Audience = Tokens.Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = until.UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(key.Private, SecurityAlgorithms.EcdsaSha256),
        });
        return new AccessToken(token, (int)(until - now).TotalSeconds);
    }

    static IEnumerable<string> Flags(Person person)
    {
        if (person.IsCeo)
        {
            yield return "ceo";
        }

        if (person.IsApprover)
        {
            yield return "approver";
        }

        if (person.IsAnalyst)
        {
            yield return "analyst";
        }
    }
}

/// <summary>A signed token and the seconds it is valid for.</summary>
sealed class AccessToken(string text, int expiresIn)
{
    public string Text { get; } = text;

    public int ExpiresIn { get; } = expiresIn;
}
