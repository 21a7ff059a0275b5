using System.Security.Cryptography;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Files.Uploads;

/// <summary>What a client says that its bytes are, for this one request (tus, extension checksum).</summary>
sealed class UploadChecksum : IDisposable
{
    public const string Algorithms = "sha1,sha256";

    readonly byte[] _expected;

    UploadChecksum(HashAlgorithmName algorithm, byte[] expected) => (Running, _expected) = (IncrementalHash.CreateHash(algorithm), expected);

    public IncrementalHash Running { get; }

    /// <summary>Null when the client says nothing.</summary>
    /// <exception cref="Refusal">400: it can't be read, or is of another kind.</exception>
    public static UploadChecksum? Of(HttpRequest request)
    {
        var text = request.Headers[Tus.Checksum].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        var bytes = new byte[64];
        return text.Split(' ') is [var name and ("sha1" or "sha256"), var value] && Convert.TryFromBase64String(value, bytes, out var length)
            ? new UploadChecksum(name == "sha1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, bytes[..length])
            : throw new Refusal(Codes.Malformed, $"{Tus.Checksum} takes an algorithm of {Algorithms} and the sum in base64.");
    }

    /// <summary>What is not what was sent is taken away again; so is what was cut, since nobody can tell whether it is right.</summary>
    /// <exception cref="Refusal">460.</exception>
    public void MustMatch(UploadHold hold, long offset, bool whole)
    {
        if (whole && CryptographicOperations.FixedTimeEquals(Running.GetCurrentHash(), _expected))
        {
            return;
        }

        RandomAccess.SetLength(hold.File, offset);
        throw new Refusal(Codes.ChecksumMismatch, "What came has another checksum. It was thrown away; send it again.");
    }

    public void Dispose() => Running.Dispose();
}
