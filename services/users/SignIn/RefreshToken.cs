using System.Buffers.Text;
using System.Security.Cryptography;

namespace Hdms.Users.SignIn;

/// <summary>
/// A refresh token: the session's id and 32 secret bytes, of which only a hash is kept. The secret of the next one is made
/// from this one's with a key of the session, so two tabs that refresh at once get the same successor without its being
/// kept, and a token of any age is told from a made-up one. A class, since a record would print its secret.
/// </summary>
sealed class RefreshToken
{
    const string Prefix = "hdmr_";
    const int SecretSize = 32;

    /// <summary>Tokens older than this many refreshes are taken for made-up ones; months of work in one session.</summary>
    const int FurthestBack = 20_000;

    readonly byte[] _secret;

    RefreshToken(Guid session, byte[] secret) => (Session, _secret) = (session, secret);

    public Guid Session { get; }

    public byte[] Hash => SHA256.HashData(_secret);

    /// <summary>The token as its holder sends it.</summary>
    public string Text => Prefix + Base64Url.EncodeToString([.. Session.ToByteArray(bigEndian: true), .. _secret]);

    public static RefreshToken New(Guid session) => new(session, RandomNumberGenerator.GetBytes(SecretSize));

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(SecretSize);

    public static RefreshToken? TryParse(string text)
    {
        var bytes = new byte[16 + SecretSize];
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.Length == Prefix.Length + Base64Url.GetEncodedLength(bytes.Length)
            && Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length)
            && length == bytes.Length
            && Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), bytes, out _)
                ? new RefreshToken(new Guid(bytes.AsSpan(0, 16), bigEndian: true), bytes[16..])
                : null;
    }

    public RefreshToken Successor(byte[] key) => new(Session, HMACSHA256.HashData(key, _secret));

    /// <summary>How many tokens of the session came after this one: 0 for the newest; null when it never was one of them.</summary>
    public int? Age(byte[] key, byte[] newestHash, int generation)
    {
        var token = this;
        for (var age = 0; age <= Math.Min(generation, FurthestBack); age++)
        {
            if (CryptographicOperations.FixedTimeEquals(token.Hash, newestHash))
            {
                return age;
            }

            token = token.Successor(key);
        }

        return null;
    }
}
