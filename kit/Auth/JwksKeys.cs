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
    volatile Held _held = new([], DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    public async ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string? keyId, CancellationToken ct)
    {
        var held = _held;
        var now = clock.GetUtcNow();
        var missing = keyId is not null && held.Keys.All(k => k.KeyId != keyId);
        var mayAsk = held.Keys.Count == 0 || now - held.TriedAt >= AtMostEvery;
        if (!mayAsk || (!missing && now - held.At < Fresh))
        {
            return held.Keys;
        }

        if (!await _one.WaitAsync(TimeSpan.Zero, ct))
        {
            if (held.Keys.Count > 0 && !missing)
            {
                // Somebody asks already, and the keys from before will do.
                return held.Keys;
            }

            await _one.WaitAsync(ct);
        }

        try
        {
            // Whoever was waited for has asked for all that waited, also when there was no answer.
            return ReferenceEquals(held, _held) ? await AskAsync(held, ct)
                : _held.Keys.Count > 0 ? _held.Keys
                : throw Unavailable(null);
        }
        finally
        {
            _one.Release();
        }
    }

    async Task<IReadOnlyCollection<SecurityKey>> AskAsync(Held held, CancellationToken ct)
    {
        try
        {
            var json = await http.GetStringAsync(new Uri("/.well-known/jwks.json", UriKind.Relative), ct);
            var now = clock.GetUtcNow();
            _held = new Held([.. new JsonWebKeySet(json).GetSigningKeys()], now, now);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // No answer, a late one, or one that is no key set. The keys from before are better than none: what they signed is still true.
            _held = held with { TriedAt = clock.GetUtcNow() };
            if (held.Keys.Count == 0)
            {
                throw Unavailable(e);
            }
        }

        return _held.Keys;
    }

    static Refusal Unavailable(Exception? e) => Refusal.Unavailable(
        Codes.ReferenceUnavailable, $"The {Services.Users.Name} service does not answer, and its keys are needed to check a token.", TimeSpan.FromSeconds(2), e);

    public void Dispose() => _one.Dispose();

    sealed record Held(IReadOnlyCollection<SecurityKey> Keys, DateTimeOffset At, DateTimeOffset TriedAt);
}
