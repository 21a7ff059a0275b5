using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Users.ServiceAccounts;

/// <summary>An integrator's account: a key, and what it allows.</summary>
sealed class ServiceAccount
{
    public const string Columns =
        """
        id, name, scopes, created_by AS CreatedBy, created_at AS CreatedAt, updated_at AS UpdatedAt,
        last_used_at AS LastUsedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt, version
        """;

    const string KeyPrefix = "hdms_";

    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string[] Scopes { get; init; } = [];

    public Guid? CreatedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public long Version { get; set; }

    public EventStream Stream => new(Id, Version);

    public ServiceAccountView View() => new(Id, Name, Scopes, CreatedBy, CreatedAt, UpdatedAt, LastUsedAt, ExpiresAt, RevokedAt, Version);

    /// <summary>A new key; its prefix lets a scan of sources and logs find one that was left there.</summary>
    public static string NewKey() => KeyPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The account, locked until the commit.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<ServiceAccount> LockAsync(UnitOfWork work, Guid id) => await work.FindAsync<ServiceAccount>(
        $"SELECT {Columns} FROM service_accounts WHERE id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("service account");
}
