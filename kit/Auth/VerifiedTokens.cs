using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Kit.Auth;

/// <summary>
/// Verifies a token once and remembers it, by its hash, for as long as it is valid: a check of an ES256 signature costs more
/// than the query it guards. The algorithm is bound to the issuer, so that no token can choose how it is checked.
/// </summary>
sealed class VerifiedTokens(ISigningKeys keys, byte[] serviceKey, TimeProvider clock) : TokenHandler, IDisposable
{
    const int LongestToken = 8 * 1024;

    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };
    readonly MemoryCache _verified = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > LongestToken)
        {
            return new TokenValidationResult { IsValid = false, Exception = new SecurityTokenMalformedException("The token is too long.") };
        }

        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (_verified.TryGetValue(hash, out TokenValidationResult? known) && known!.SecurityToken.ValidTo > clock.GetUtcNow().UtcDateTime)
        {
            return known;
        }

        JsonWebToken unverified;
        try
        {
            unverified = _handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return new TokenValidationResult { IsValid = false, Exception = new SecurityTokenMalformedException("The token can't be read.", e) };
        }

        var result = await _handler.ValidateTokenAsync(token, await ParametersAsync(unverified));
        if (result.IsValid)
        {
            _verified.Set(hash, result, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(15) });
        }

        return result;
    }

    async Task<TokenValidationParameters> ParametersAsync(JsonWebToken token)
    {
        var ofService = token.Issuer == Tokens.ServiceIssuer;
        return new TokenValidationParameters
        {
            ValidIssuer = ofService ? Tokens.ServiceIssuer : Tokens.Issuer,
            ValidAudience = Tokens.Audience,
            ValidAlgorithms = [ofService ? SecurityAlgorithms.HmacSha256 : SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = ofService
                ? [new SymmetricSecurityKey(serviceKey)]
                : await keys.GetAsync(token.TryGetHeaderValue("kid", out string? kid) ? kid : null, CancellationToken.None),
            TryAllIssuerSigningKeys = ofService,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            NameClaimType = Claims.Subject,
            RoleClaimType = Claims.Role,
            ClockSkew = TimeSpan.FromSeconds(30),
            LifetimeValidator = (from, until, _, p) =>
            {
                var now = clock.GetUtcNow().UtcDateTime;
                return until is { } end && end > now - p.ClockSkew && (from is not { } start || start < now + p.ClockSkew);
            },
        };
    }

    public void Dispose() => _verified.Dispose();
}
