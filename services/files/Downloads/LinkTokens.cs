using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Configuration;

namespace Hdms.Files.Downloads;

/// <summary>Who made a link, for which file, and how long it is good: what they may see is asked again when it is used.</summary>
sealed record LinkContent(Guid FileId, Guid UserId, Role? Role, Guid? DepartmentId, DateTimeOffset Until)
{
    public Caller AsMaker(Caller user) => user with { UserId = UserId, Role = Role, DepartmentId = DepartmentId };
}

/// <summary>Signs links, so that nobody makes one up. The key is made of the services' shared one; a new one of those ends all links.</summary>
sealed class LinkTokens(IConfiguration settings, TimeProvider clock)
{
    readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(settings.Required("service_key")), 32, info: "hdms files links"u8.ToArray());

    public string Write(LinkContent content)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, Json.Tolerant);
        return $"{Base64Url.EncodeToString(bytes)}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, bytes))}";
    }

    /// <exception cref="Refusal">403: not one of ours; 410: its time is over.</exception>
    public LinkContent Read(string token)
    {
        if (token.Split('.') is not [var text, var signature] || Decode(text) is not { } bytes || Decode(signature) is not { } mac
            || !CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(_key, bytes)))
        {
            throw Refusal.Forbidden("This link was not made here.");
        }

        var content = JsonSerializer.Deserialize<LinkContent>(bytes, Json.Tolerant)!;
        return content.Until > clock.GetUtcNow() ? content : throw new Refusal(Codes.LinkExpired, $"It was good until {content.Until:u}.");
    }

    static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out var length) ? bytes[..length] : null;
    }
}
