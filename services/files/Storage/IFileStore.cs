namespace Hdms.Files.Storage;

/// <summary>Where the bytes of files are. Keys are made here, of letters, digits and dots; names that people give never come near it.</summary>
interface IFileStore
{
    /// <summary>The store itself in a few words, for messages.</summary>
    string Name { get; }

    /// <summary>
    /// Takes over a complete file that lies in the folder of uploads. When this has returned, the bytes are there under their key and
    /// survive a power cut; before, nothing is. The staged file stays, so that the same can be asked again until the file's row is there.
    /// </summary>
    /// <exception cref="IOException">The store is away or full.</exception>
    Task PutAsync(string key, string staged, CancellationToken ct);

    /// <summary>Opens <paramref name="length"/> bytes from <paramref name="offset"/> on; null when there is no such file.</summary>
    /// <exception cref="IOException">The store is away.</exception>
    Task<Stream?> OpenAsync(string key, long offset, long length, CancellationToken ct);

    /// <summary>Its size; null when there is no such file.</summary>
    /// <exception cref="IOException">The store is away.</exception>
    Task<long?> SizeAsync(string key, CancellationToken ct);

    /// <summary>Deletes it, if it is there.</summary>
    /// <exception cref="IOException">The store is away.</exception>
    Task DeleteAsync(string key, CancellationToken ct);

    /// <summary>Everything that is there, in no order.</summary>
    IAsyncEnumerable<StoredBytes> ListAsync(CancellationToken ct);
}

/// <param name="At">When it was put there.</param>
sealed record StoredBytes(string Key, long Size, DateTimeOffset At);

/// <summary>The keys under which a file's bytes lie.</summary>
static class Keys
{
    public static string Of(Guid file) => file.ToString("N");

    public static string PreviewOf(Guid file) => $"{file:N}.preview";

    /// <summary>The file to which a key belongs; null when it is none of ours.</summary>
    public static Guid? FileOf(string key) => Guid.TryParseExact(key.Split('.')[0], "N", out var id) ? id : null;
}
