using System.Security.Cryptography;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Hdms.Kit.Secrets;
using Microsoft.Extensions.Configuration;

namespace Hdms.Communication.Webhooks;

/// <summary>
/// The secrets of webhooks, sealed under a key derived from <c>service_key</c>: who has but the database, or a backup of it, can sign
/// nothing. Of one webhook two live at most.
/// </summary>
sealed class WebhookSecrets(IConfiguration settings)
{
    readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(settings.Required("service_key")), 32, info: "hdms webhook secrets"u8.ToArray());

    public Task AddAsync(UnitOfWork unit, Guid webhook, byte[] secret) => unit.ExecuteAsync(
        "INSERT INTO webhook_secrets (id, webhook_id, sealed, created_at) VALUES (@id, @webhook, @box, @Now)",
        new { id = Guid.CreateVersion7(unit.Now), webhook, box = SecretBox.Seal(_key, secret, webhook.ToByteArray()), unit.Now });

    /// <summary>Puts another one in the place of the current one, which goes on beside it until <paramref name="oldUntil"/>; what was live beside that is over.</summary>
    public async Task RotateAsync(UnitOfWork unit, Guid webhook, byte[] secret, DateTimeOffset oldUntil)
    {
        await unit.ExecuteAsync("DELETE FROM webhook_secrets WHERE webhook_id = @webhook AND live_until IS NOT NULL", new { webhook });
        await unit.ExecuteAsync("UPDATE webhook_secrets SET live_until = @oldUntil WHERE webhook_id = @webhook", new { webhook, oldUntil });
        await AddAsync(unit, webhook, secret);
    }

    public static Task ForgetAsync(UnitOfWork unit, Guid webhook) => unit.ExecuteAsync("DELETE FROM webhook_secrets WHERE webhook_id = @webhook", new { webhook });

    /// <summary>Those that live, sealed, the current one first.</summary>
    public static Task<IReadOnlyList<byte[]>> LiveAsync(UnitOfWork unit, Guid webhook) => unit.QueryAsync<byte[]>(
        "SELECT sealed FROM webhook_secrets WHERE webhook_id = @webhook AND (live_until IS NULL OR live_until > @Now) ORDER BY live_until DESC NULLS FIRST",
        new { webhook, unit.Now });

    /// <exception cref="CryptographicException">It was sealed under another <c>service_key</c>.</exception>
    public byte[] Open(Guid webhook, byte[] box) => SecretBox.Open(_key, box, webhook.ToByteArray());
}
