using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Hdms.Files.Storage;

/// <summary>Puts files of another system into the storage; the same again changes nothing.</summary>
public sealed class ImportedBytes
{
    readonly IFileStore _store;
    readonly string _folder;

    public ImportedBytes(IConfiguration settings)
    {
        _store = S3Settings.StoreOf(settings);
        _folder = Path.Combine(FileRules.Of(settings).Folder, "uploads");
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <param name="id">That of its row to come.</param>
    /// <returns>Null: there is no such file.</returns>
    /// <exception cref="IOException">The store is away or full, or the file can't be read.</exception>
    public async Task<(string Sha256, long Size)?> PutAsync(Guid id, string path, CancellationToken ct)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // A copy: the store takes over what is staged, and the old system's file stays its own.
        var staged = Path.Combine(_folder, $"import-{id:N}");
        try
        {
            string hash;
            await using (var from = File.OpenRead(path))
            await using (var to = new FileStream(staged, FileMode.Create))
            {
                await from.CopyToAsync(to, ct);
                to.Position = 0;
                hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(to, ct));
            }

            await _store.PutAsync(Keys.Of(id), staged, ct);
            return (hash, new FileInfo(staged).Length);
        }
        finally
        {
            File.Delete(staged);
        }
    }
}
