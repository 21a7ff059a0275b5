namespace Hdms.Contracts;

/// <summary>What a service account may be allowed to do. A token carries the account's scopes; routes ask for one.</summary>
public static class Scopes
{
    public const string ReadUsers = "users:read";
    public const string WriteUsers = "users:write";
    public const string ReadTickets = "tickets:read";
    public const string ReadAudit = "audit:read";

    /// <summary>Every scope there is; each service's feed has its own.</summary>
    public static readonly IReadOnlyList<string> All = [.. Services.All.Select(Feed), ReadUsers, WriteUsers, ReadTickets, ReadAudit];

    /// <summary>Reading the feed of <paramref name="service"/>: <c>feed:users</c>.</summary>
    public static string Feed(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return $"feed:{service.Name}";
    }
}

/// <summary><c>POST /api/v1/service-accounts</c>.</summary>
/// <param name="ExpiresAt">After that the key is good for nothing; absent: until it is revoked.</param>
public sealed record CreateServiceAccountRequest(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null);

/// <summary>An integrator's account, without its key.</summary>
/// <param name="LastUsedAt">To the minute.</param>
public sealed record ServiceAccountView(
    Guid Id, string Name, IReadOnlyList<string> Scopes, Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, long Version);

/// <summary>A new key, which is shown this once: only its hash is kept.</summary>
/// <param name="Key"><c>hdms_…</c>, for <c>POST /api/v1/auth/token</c>.</param>
public sealed record ServiceAccountKey(ServiceAccountView Account, string Key)
{
    public override string ToString() => $"{nameof(ServiceAccountKey)} {Account.Id}";
}

/// <summary><c>POST /api/v1/auth/token</c>.</summary>
/// <param name="GrantType"><c>client_credentials</c>.</param>
public sealed record TokenRequest(string GrantType, string Key)
{
    public override string ToString() => nameof(TokenRequest);
}

/// <summary>A service account's access token.</summary>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds that the token is valid for.</param>
/// <param name="Scope">What it allows, separated by spaces.</param>
public sealed record TokenView(string AccessToken, string TokenType, int ExpiresIn, string Scope)
{
    public override string ToString() => nameof(TokenView);
}

[EventType("service_account.created.v1")]
public sealed record ServiceAccountCreated(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt);

/// <summary>The account has a new key; the one before is good for nothing.</summary>
[EventType("service_account.key_rotated.v1")]
public sealed record ServiceAccountKeyRotated;

/// <summary>The key was exchanged for a token. Recorded once a minute at most, and without a version of the account.</summary>
[EventType("service_account.used.v1")]
public sealed record ServiceAccountUsed;

[EventType("service_account.revoked.v1")]
public sealed record ServiceAccountRevoked;
