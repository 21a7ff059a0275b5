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
    public const int Iterations = 220_000;

    static readonly object Nobody = new();
    static readonly PasswordHasher<object> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

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

    /// <summary>
    /// Takes as many rounds whatever the hash is, and also when there is none, so that time does not tell a stranger who is here
    /// and who came from the old system.
    /// </summary>
    /// <param name="imported">The most rounds that a hash of the old system has.</param>
    /// <param name="spend">Takes the rounds that the comparison itself did not; given by tests, which count them.</param>
    public static PasswordVerdict VerifyEvenly(string? hash, string password, int imported, Action<Rounds>? spend = null)
    {
        var verdict = Verify(hash, password);
        (spend ?? (left => left.Spend(password)))(new Rounds(Iterations, imported).Without(Rounds.Of(hash)));
        return verdict;
    }

    /// <summary>For those who are known to be here; its time depends on the hash.</summary>
    public static PasswordVerdict Verify(string? hash, string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (TryReadOurs(hash, out _))
        {
            return Hasher.VerifyHashedPassword(Nobody, hash!, password) switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Ok,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.OkUpgrade,
                _ => PasswordVerdict.Wrong,
            };
        }

        return DjangoHash.TryParse(hash)?.Matches(password) switch
        {
            true => PasswordVerdict.OkUpgrade,
            false => PasswordVerdict.Wrong,
            null => PasswordVerdict.CantBeVerified,
        };
    }

    /// <summary>Whether somebody with this hash can sign in without setting a new password first.</summary>
    public static bool CanBeVerified(string? hash) => TryReadOurs(hash, out _) || DjangoHash.TryParse(hash) is not null;

    /// <summary>Identity's hashes are base64 beginning with a byte for their version; the old system's have a '$' in them, or a '!' when unusable.</summary>
    public static bool TryReadOurs(string? hash, out ReadOnlySpan<byte> content)
    {
        var bytes = new byte[256];
        var length = 0;
        var ours = hash is { Length: > 0 and < 340 } && Convert.TryFromBase64String(hash, bytes, out length) && length > 1 && bytes[0] is 0 or 1;
        content = bytes.AsSpan(0, length);
        return ours;
    }

    static IEnumerable<string> Parts(string? own) =>
        own is null ? [] : new[] { own.Trim(), own.Split('@')[0].Trim() }.Where(p => p.Length >= 4);
}
