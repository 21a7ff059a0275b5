using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Hdms.Users.SignIn;

/// <summary>What comparing a password with a kept hash says.</summary>
enum PasswordVerdict
{
    Ok,

    /// <summary>It is right, and the hash is of an older form: hash it anew and keep that.</summary>
    OkUpgrade,
    Wrong,

    /// <summary>There is no hash, or one of a form that is not verified here (argon2, bcrypt, scrypt, …): a new password has to be set.</summary>
    CantBeVerified,
}

/// <summary>Passwords: which are good enough, and their hashes. New hashes are ASP.NET Core Identity's; Django's PBKDF2 is verified.</summary>
static class Passwords
{
    public const int Shortest = 10;
    public const int Longest = 256;

    /// <summary>What is read of a password at all: those from the old system may be longer than new ones.</summary>
    public const int LongestRead = 4096;

    /// <summary>PBKDF2-HMAC-SHA512 as OWASP's cheat sheet on password storage asks; a tenth of a second on a small machine.</summary>
    const int Iterations = 220_000;

    /// <summary>Django asks for 1,200,000 at most today; a hash that asks for far more would hold a processor for whoever made it.</summary>
    const int MostIterations = 5_000_000;

    static readonly object Nobody = new();
    static readonly PasswordHasher<object> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    static readonly Lazy<string> NobodysHash = new(() => Hash(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));

    /// <summary>What is wrong with a new password, in words for its owner; empty when it may be used (NIST SP 800-63B section 5.1.1.2).</summary>
    /// <param name="own">What others know of the person, as the employee code and the e-mail address; null is passed over.</param>
    public static IReadOnlyList<string> Problems(string? password, params IEnumerable<string?> own)
    {
        ArgumentNullException.ThrowIfNull(own);
        if (password is null || password.Length < Shortest)
        {
            return [$"must have at least {Shortest} characters"];
        }

        if (password.Length > Longest)
        {
            return [$"must have at most {Longest} characters"];
        }

        var problems = new List<string>();
        if (CommonPasswords.Has(password))
        {
            problems.Add("is too easy to guess: a common password, or one with digits around it");
        }

        if (own.SelectMany(Parts).Any(o => password.Contains(o, StringComparison.OrdinalIgnoreCase)))
        {
            problems.Add("must not contain your employee code or e-mail address");
        }

        return problems;
    }

    public static string Hash(string password) => Hasher.HashPassword(Nobody, password);

    /// <summary>Takes as long for no hash and for one that can't be verified as for a wrong password, so that time tells nothing.</summary>
    public static PasswordVerdict Verify(string? hash, string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (IsOurs(hash))
        {
            return Hasher.VerifyHashedPassword(Nobody, hash!, password) switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Ok,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.OkUpgrade,
                _ => PasswordVerdict.Wrong,
            };
        }

        if (DjangoHash.TryParse(hash) is { } django)
        {
            return django.Matches(password) ? PasswordVerdict.OkUpgrade : PasswordVerdict.Wrong;
        }

        Hasher.VerifyHashedPassword(Nobody, NobodysHash.Value, password);
        return PasswordVerdict.CantBeVerified;
    }

    /// <summary>Whether somebody with this hash can sign in without setting a new password first.</summary>
    public static bool CanBeVerified(string? hash) => IsOurs(hash) || DjangoHash.TryParse(hash) is not null;

    /// <summary>Identity's hashes are base64 beginning with a byte for their version; the old system's have a '$' in them, or a '!' when unusable.</summary>
    static bool IsOurs(string? hash)
    {
        var bytes = new byte[256];
        return hash is { Length: > 0 and < 340 } && Convert.TryFromBase64String(hash, bytes, out var length) && length > 1 && bytes[0] is 0 or 1;
    }

    static IEnumerable<string> Parts(string? own) =>
        own is null ? [] : new[] { own.Trim(), own.Split('@')[0].Trim() }.Where(p => p.Length >= 4);

    /// <summary>Django's <c>pbkdf2_sha256$iterations$salt$hash</c> and its older <c>pbkdf2_sha1</c>.</summary>
    sealed record DjangoHash(HashAlgorithmName Algorithm, int Iterations, byte[] Salt, byte[] Hash)
    {
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
}
