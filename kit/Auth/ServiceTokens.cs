using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Kit.Auth;

/// <summary>Tokens by which services know one another. They need no issuer that could be down (docs/decisions/0005-service-tokens.md).</summary>
public sealed class ServiceTokens(string service, byte[] key, TimeProvider clock)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    readonly JsonWebTokenHandler _handler = new();
    (string Token, DateTimeOffset Until) _current = ("", DateTimeOffset.MinValue);

    /// <summary>A token that is valid for at least five minutes more.</summary>
    public string Current()
    {
        var now = clock.GetUtcNow();
        if (_current.Until - now < Lifetime / 2)
        {
            _current = (Make(now), now + Lifetime);
        }

        return _current.Token;
    }

    string Make(DateTimeOffset now) => _handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Tokens.ServiceIssuer,
        Audience = Tokens.Audience,
        NotBefore = now.UtcDateTime,
        IssuedAt = now.UtcDateTime,
        Expires = (now + Lifetime).UtcDateTime,
        Subject = new ClaimsIdentity([new Claim(Claims.Service, service)]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
    });
}
