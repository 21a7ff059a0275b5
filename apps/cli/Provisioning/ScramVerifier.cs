using System.Security.Cryptography;
using System.Text;

namespace Hdms.Cli.Provisioning;

/// <summary>
/// What PostgreSQL stores for a password (RFC 5803). Made here, so that the password itself never stands in a statement
/// that a server may log or keep in its statistics.
/// </summary>
internal static class ScramVerifier
{
    const int Iterations = 4096;

    /// <summary>A new verifier each time: its salt is random.</summary>
    /// <param name="password">ASCII, so that its SASLprep form is itself.</param>
    public static string Of(string password)
    {
        if (!Ascii.IsValid(password))
            throw new OneLineError("Passwords of service roles must be ASCII.");

        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
