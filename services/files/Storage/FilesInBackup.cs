using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Hdms.Files.Storage;

/// <summary>A file whose bytes a backup counts upon: they stay in the storage, which is backed up by its own means.</summary>
/// <param name="Name">The key of its bytes.</param>
public sealed record FileInBackup(string Name, long Size, string Sha256);

/// <summary>What a backup says of files' bytes, and whether the storage has them.</summary>
public static class FilesInBackup
{
    /// <summary>All of them, as the rows of this snapshot say: a line of JSON each.</summary>
    /// <returns>How many, and of how many bytes.</returns>
    public static async Task<(long Count, long Bytes)> WriteAsync(NpgsqlConnection snapshot, Stream list, CancellationToken ct)
    {
        var (count, bytes) = (0L, 0L);
        await foreach (var (id, size, sha256) in snapshot.QueryUnbufferedAsync<(Guid Id, long Size, string Sha256)>(
            "SELECT id, file_size, sha256 FROM public.attachments WHERE NOT is_deleted AND scan_status <> 'infected' ORDER BY id", commandTimeout: 0).WithCancellation(ct))
        {
            await JsonSerializer.SerializeAsync(list, new FileInBackup(Keys.Of(id), size, sha256), Json.Tolerant, ct);
            await list.WriteAsync("\n"u8.ToArray(), ct);
            (count, bytes) = (count + 1, bytes + size);
        }

        return (count, bytes);
    }

    /// <summary>Compares every byte that the list names with what the storage has.</summary>
    /// <returns>What differs, in words.</returns>
    /// <exception cref="IOException">The storage is away.</exception>
    public static async IAsyncEnumerable<string> CompareAsync(IConfiguration settings, Stream list, [EnumeratorCancellation] CancellationToken ct)
    {
        var store = S3Settings.StoreOf(settings);
        using var lines = new StreamReader(list);
        while (await lines.ReadLineAsync(ct) is { } line)
        {
            var file = JsonSerializer.Deserialize<FileInBackup>(line, Json.Tolerant)!;
            await using var content = await store.OpenAsync(file.Name, 0, file.Size, ct);
            if (content is null)
            {
                yield return $"file {file.Name} is not in {store.Name}";
            }
            else if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)) is var sha256 && sha256 != file.Sha256)
            {
                yield return $"file {file.Name}: its SHA-256 is {sha256}, the backup says {file.Sha256}";
            }
        }
    }
}
