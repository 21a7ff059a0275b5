using System.Security.Cryptography;

namespace Hdms.Kit.Secrets;

/// <summary>Keeps bytes from whoever has not the key (AES-256-GCM), and from being moved to another place: the context has to be the same.</summary>
public static class SecretBox
{
    const int NonceSize = 12;
    const int TagSize = 16;

    /// <param name="key">32 bytes.</param>
    /// <param name="context">What it belongs to; not kept in the box.</param>
    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> context)
    {
        var box = new byte[NonceSize + plain.Length + TagSize];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), context);
        return box;
    }

    /// <exception cref="CryptographicException">It is of another key or context, or was changed.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        var plain = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(box[..NonceSize], box[NonceSize..^TagSize], box[^TagSize..], plain, context);
        return plain;
    }
}
