using Microsoft.IdentityModel.Tokens;

namespace Hdms.Kit.Auth;

/// <summary>The public keys of people's tokens: read from its own table by the users service, from its JWKS by all others.</summary>
public interface ISigningKeys
{
    /// <summary>The keys that a token may be signed with now.</summary>
    /// <param name="keyId">The key that a token names; when it is not known yet, the keys are looked up anew.</param>
    /// <exception cref="Problems.Refusal">503: no key is known and none can be had.</exception>
    ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string? keyId, CancellationToken ct);
}
