using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Users.SignIn;

/// <summary>Django's <c>pbkdf2_sha256$iterations$salt$hash</c> and its older <c>pbkdf2_sha1</c>.</summary>
sealed record DjangoHash(HashAlgorithmName Algorithm, int Iterations, byte[] Salt, byte[] Hash)
{
    /// <summary>Django asks for 1,200,000 at most today; a hash that asks for far more would hold a processor for whoever made it.</summary>
    public const int MostIterations = 5_000_000;

    public static DjangoHash? TryParse(string? text)
    {
        HashAlgorithmName? algorithm = text?.Split('$')[0] switch
        {
            "pbkdf2_sha256" => HashAlgorithmName.SHA256,
            "pbkdf2_sha1" => HashAlgorithmName.SHA1,
            _ => null,
        };
        var hash = new byte[64];
        return algorithm is { } known
            && text!.Split('$') is [_, var count, { Length: > 0 } salt, var base64]
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            && iterations is > 0 and <= MostIterations
            && Convert.TryFromBase64String(base64, hash, out var length)
            && length == (known == HashAlgorithmName.SHA256 ? 32 : 20)
                ? new DjangoHash(known, iterations, Encoding.UTF8.GetBytes(salt), hash[..length])
                : null;
    }

    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Salt, Iterations, Algorithm, Hash.Length), Hash);
}
