using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Kit.Auth;

/// <summary>The users service's keys from <c>/.well-known/jwks.json</c> (RFC 7517), kept for an hour, and for longer while that service is away.</summary>
public sealed class JwksKeys(HttpClient http, TimeProvider clock) : ISigningKeys, IDisposable
{
    static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _one = new(1, 1);
    (IReadOnlyCollection<SecurityKey> Keys, DateTimeOffset At) _known = ([], DateTimeOffset.MinValue);

    public async ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string? keyId, CancellationToken ct)
    {
        var age = clock.GetUtcNow() - _known.At;
        var missing = keyId is not null && _known.Keys.All(k => k.KeyId != keyId);
        if (age < Fresh && !(missing && age > AtMostEvery))
        {
            return _known.Keys;
        }

        await _one.WaitAsync(ct);
        try
        {
            if (clock.GetUtcNow() - _known.At > AtMostEvery)
            {
                var json = await http.GetStringAsync(new Uri("/.well-known/jwks.json", UriKind.Relative), ct);
                _known = ([.. new JsonWebKeySet(json).GetSigningKeys()], clock.GetUtcNow());
            }
        }
        catch (HttpRequestException e) when (_known.Keys.Count == 0)
        {
            throw Refusal.Unavailable(Codes.ReferenceUnavailable, $"The {Services.Users.Name} service does not answer, and its keys are needed to check a token.", TimeSpan.FromSeconds(2), e);
        }
        catch (HttpRequestException)
        {
            // The keys from before are better than none: what they signed is still true.
        }
        finally
        {
            _one.Release();
        }

        return _known.Keys;
    }

    public void Dispose() => _one.Dispose();
}
