using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Communication.Webhooks;

/// <summary>Secrets and signatures of Standard Webhooks 1.0 (standardwebhooks.com).</summary>
static class Signature
{
    const string Prefix = "whsec_";

    /// <summary>As many bytes as the signature has.</summary>
    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    public static string SecretOf(byte[] key) => Prefix + Convert.ToBase64String(key);

    /// <summary>The value of <c>webhook-signature</c>: one signature for each key, so that whoever has either can verify.</summary>
    public static string Of(string id, DateTimeOffset timestamp, string body, IEnumerable<byte[]> keys)
    {
        var signed = Encoding.UTF8.GetBytes($"{id}.{Timestamp(timestamp)}.{body}");
        return string.Join(' ', keys.Select(k => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(k, signed))}"));
    }

    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
