using Dapper;
using Hdms.Files.Storage;
using PgSplit;

namespace Hdms.Cli.Import;

/// <summary>Step 2: the bytes of attachments, before their rows: bytes without a row do no harm, and go by themselves.</summary>
internal static class BytesStep
{
    const int AtOnce = 4;

    /// <param name="folder">The old system's MEDIA_ROOT; null: nobody has it.</param>
    /// <returns>How many files were found.</returns>
    public static async Task<long> RunAsync(ImportPlace place, string? folder, IProgress<string> progress, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        await ImportPlace.RunAsync(connection, "CREATE TABLE IF NOT EXISTS hdms_import.bytes (old bigint PRIMARY KEY, sha256 text NOT NULL, size bigint NOT NULL)", ct);
        if (folder is null)
            return 0;
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
            throw new OneLineError($"There is no folder {root}.", ExitCode.WrongUsage);
        var files = (await connection.QueryAsync<(long Old, string Path)>(new CommandDefinition(
            "SELECT id, file_path FROM hdms_import.files_attachment WHERE id NOT IN (SELECT old FROM hdms_import.bytes) ORDER BY id", cancellationToken: ct))).AsList();
        var store = new ImportedBytes(place.Server.Settings);
        var done = 0;
        foreach (var some in files.Chunk(200))
        {
            var found = new List<(long Old, string Sha256, long Size)>();
            await Parallel.ForEachAsync(some, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (file, stop) =>
            {
                // A path that leads out of the folder is not one of the old system's files.
                var path = Path.GetFullPath(Path.Combine(root, file.Path));
                if (path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) && await store.PutAsync(SourceFile.KeyOf("files_attachment", file.Old), path, stop) is var (sha256, size))
                {
                    lock (found)
                        found.Add((file.Old, sha256, size));
                }
            });
            await ImportPlace.RunAsync(
                connection, "INSERT INTO hdms_import.bytes SELECT * FROM unnest(@olds, @hashes, @sizes)", ct,
                new { olds = found.Select(f => f.Old).ToArray(), hashes = found.Select(f => f.Sha256).ToArray(), sizes = found.Select(f => f.Size).ToArray() });
            progress.Report($"Copying files: {done += some.Length} of {files.Count}");
        }

        return await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(*) FROM hdms_import.bytes", cancellationToken: ct));
    }
}
