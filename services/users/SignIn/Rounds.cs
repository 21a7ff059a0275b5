using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Hdms.Users.SignIn;

/// <summary>
/// Rounds of PBKDF2: of SHA-512 as our hashes have them, and of SHA-256 as the old system's do. They are counted apart, for on
/// one machine one takes longer, on another the other.
/// </summary>
readonly record struct Rounds(int Ours, int Imported)
{
    static readonly byte[] Salt = new byte[16];

    /// <summary>What comparing a password with this hash takes.</summary>
    public static Rounds Of(string? hash) =>
        Passwords.TryReadOurs(hash, out var content) ? new Rounds(OfIdentity(content), 0)
        : DjangoHash.TryParse(hash) is { } django ? new Rounds(0, django.Iterations)
        : default;

    /// <summary>What is left of these after the others; none of what is less than nothing.</summary>
    public Rounds Without(Rounds others) => new(Math.Max(0, Ours - others.Ours), Math.Max(0, Imported - others.Imported));

    /// <summary>Takes them, for nothing but the time.</summary>
    public void Spend(string password)
    {
        if (Ours > 0)
        {
            Rfc2898DeriveBytes.Pbkdf2(password, Salt, Ours, HashAlgorithmName.SHA512, 32);
        }

        if (Imported > 0)
        {
            Rfc2898DeriveBytes.Pbkdf2(password, Salt, Imported, HashAlgorithmName.SHA256, 32);
        }
    }

    /// <summary>Version 2 has 1,000 always; version 3 has the version, the algorithm and then the rounds, big-endian.</summary>
    static int OfIdentity(ReadOnlySpan<byte> hash) => hash[0] == 0 || hash.Length < 9 ? 1000 : (int)BinaryPrimitives.ReadUInt32BigEndian(hash[5..]);
}
