using Dapper;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Users.SignIn;

/// <summary>
/// The keys of people's tokens, from <c>user_signing_keys</c>. One is made at first use and the next a day before it retires,
/// so that everybody knows the next before it signs. Of the keys that have not retired, the one that retires first signs.
/// </summary>
sealed class SigningKeys(ServiceDatabase database, TimeProvider clock) : ISigningKeys, IDisposable
{
    static readonly TimeSpan MadeAhead = TimeSpan.FromDays(1);
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    /// <summary>An unknown key's name is looked up, but a stranger who makes names up does not get a query for each.</summary>
    static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);

    /// <summary>After a key has retired: the life of its last token, and some difference of clocks.</summary>
    public static readonly TimeSpan Verifies = Tokens.AccessLifetime + TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim _one = new(1, 1);
    Loaded _loaded = new([], DateTimeOffset.MinValue);

    public async ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string? keyId, CancellationToken ct) =>
        [.. (await PublishedAsync(keyId, ct)).Select(k => k.Public)];

    /// <summary>The keys that a token may be signed with now, the one that signs first.</summary>
    public async ValueTask<IReadOnlyList<SigningKey>> PublishedAsync(string? keyId, CancellationToken ct)
    {
        var loaded = await LoadedAsync(keyId, ct);
        var now = clock.GetUtcNow();
        return [.. loaded.Keys.Where(k => k.RetiresAt + Verifies > now)];
    }

    /// <summary>The key that signs now.</summary>
    public async ValueTask<SigningKey> CurrentAsync(CancellationToken ct)
    {
        var loaded = await LoadedAsync(null, ct);
        var now = clock.GetUtcNow();
        return loaded.Keys.FirstOrDefault(k => k.RetiresAt > now)
            ?? throw Refusal.Unavailable(Codes.Unavailable, "No key to sign tokens with can be had at the moment.", TimeSpan.FromSeconds(2));
    }

    async ValueTask<Loaded> LoadedAsync(string? keyId, CancellationToken ct)
    {
        if (IsGood(_loaded, keyId))
        {
            return _loaded;
        }

        await _one.WaitAsync(ct);
        try
        {
            if (!IsGood(_loaded, keyId))
            {
                _loaded = await LoadAsync(ct);
            }
        }
        catch (Refusal) when (_loaded.Keys.Count > 0)
        {
            // The database is away. The keys from before are still right, and an access token needs nothing else.
        }
        finally
        {
            _one.Release();
        }

        return _loaded;
    }

    bool IsGood(Loaded loaded, string? keyId)
    {
        var age = clock.GetUtcNow() - loaded.At;
        return age < AtMostEvery || (age < Fresh && (keyId is null || loaded.Keys.Any(k => k.Kid == keyId)));
    }

    async Task<Loaded> LoadAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var keys = await ReadAsync(now, ct);
        if (!keys.Any(k => k.RetiresAt > now + MadeAhead))
        {
            await MakeAsync(ct);
            keys = await ReadAsync(now, ct);
        }

        return new Loaded(keys, now);
    }

    Task<IReadOnlyList<SigningKey>> ReadAsync(DateTimeOffset now, CancellationToken ct) => database.ReadAsync<IReadOnlyList<SigningKey>>(async connection =>
    {
        var rows = await connection.QueryAsync<(string Kid, byte[] Pkcs8, DateTimeOffset RetiresAt)>(new CommandDefinition(
            "SELECT kid, private_key, retires_at FROM user_signing_keys WHERE retires_at > @since ORDER BY retires_at, number",
            new { since = now - Verifies },
            cancellationToken: ct));
        return [.. rows.Select(r => new SigningKey(r.Kid, r.Pkcs8, r.RetiresAt))];
    }, ct);

    /// <summary>Adds a key when none lasts for more than a day; of several instances that do it at once, one succeeds and all use its key.</summary>
    async Task MakeAsync(CancellationToken ct)
    {
        var (kid, pkcs8) = SigningKey.Make();
        await database.WriteAsync(Caller.System(), work => work.ExecuteAsync(
            """
            INSERT INTO user_signing_keys (number, kid, private_key, created_at, retires_at)
            SELECT coalesce(max(number), 0) + 1, @kid, @pkcs8, @Now, greatest(@Now, max(retires_at)) + interval '90 days'
            FROM user_signing_keys
            HAVING max(retires_at) IS NULL OR max(retires_at) <= @ahead
            ON CONFLICT (number) DO NOTHING
            """,
            new { kid, pkcs8, work.Now, ahead = work.Now + MadeAhead }), ct);
    }

    public void Dispose() => _one.Dispose();

    sealed record Loaded(IReadOnlyList<SigningKey> Keys, DateTimeOffset At);
}
