using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Cli.Monolith;

/// <summary>Passwords as Django keeps them.</summary>
internal static class OldHash
{
    /// <summary>So few that thousands of people are made in a second.</summary>
    public const int FewRounds = 1_000;

    /// <summary>What Django 5.1 asks for.</summary>
    public const int RealRounds = 870_000;

    /// <summary>What the person of this code signs in with, in the old system and after the import.</summary>
    public static string PasswordOf(string employeeCode) => $"old-password-{employeeCode}";

    public static string Pbkdf2(string password, int rounds, Dice dice)
    {
        var salt = Convert.ToHexStringLower(dice.Bytes("salt", 11));
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), rounds, HashAlgorithmName.SHA256, 32);
        return string.Create(CultureInfo.InvariantCulture, $"pbkdf2_sha256${rounds}${salt}${Convert.ToBase64String(hash)}");
    }

    /// <summary>Of its form, and of no password that anybody knows.</summary>
    public static string Argon2(Dice dice) =>
        $"argon2$argon2id$v=19$m=102400,t=2,p=8${Unpadded(dice.Bytes("salt", 16))}${Unpadded(dice.Bytes("hash", 16))}";

    /// <summary>Django's set_unusable_password().</summary>
    public static string Unusable(Dice dice) => $"!{Convert.ToHexStringLower(dice.Bytes("unusable", 20))}";

    static string Unpadded(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');
}
