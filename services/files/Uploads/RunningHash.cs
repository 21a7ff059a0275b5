using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Hdms.Files.Uploads;

/// <summary>The SHA-256 of what has come so far.</summary>
sealed class RunningHash : IDisposable
{
    const int Block = 1024 * 1024;

    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>What is in the file from where the hash ends, up to <paramref name="length"/>.</summary>
    public async Task AppendAsync(SafeFileHandle file, long length, CancellationToken ct)
    {
        var block = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            while (Length < length)
            {
                var read = await RandomAccess.ReadAsync(file, block.AsMemory(0, (int)Math.Min(Block, length - Length)), Length, ct);
                if (read == 0)
                {
                    throw new IOException("The upload is shorter than it was.");
                }

                Append(block.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    public string Hex() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
