using System.Runtime.CompilerServices;

namespace Hdms.Files.Storage;

/// <summary>
/// Files in a folder of this machine, or of one that several share: <c>stored/4f/4f6a…</c>. The last two digits of the key are spread
/// evenly, its first are the time.
/// </summary>
sealed class LocalDisk(string folder) : IFileStore
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly string _root = Path.Combine(folder, "stored");

    public string Name => "the local disk";

    public string PathOf(string key) => Path.Combine(_root, key[30..32], key);

    public Task PutAsync(string key, string staged, CancellationToken ct)
    {
        var path = PathOf(key);
        var shelf = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(shelf))
        {
            Directory.CreateDirectory(shelf, OwnerOnly);
            Durable.FlushFolder(_root);
        }

        // Its bytes are on the disk, then it gets a second name, then the name is on the disk: at no moment is there half of it, nor a copy.
        Durable.FlushFile(staged);
        Durable.Link(staged, path);
        Durable.FlushFolder(shelf);
        return Task.CompletedTask;
    }

    public Task<Stream?> OpenAsync(string key, long offset, long length, CancellationToken ct)
    {
        try
        {
            var stream = new FileStream(PathOf(key), new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
            stream.Position = offset;
            return Task.FromResult<Stream?>(new Part(stream, length));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task<long?> SizeAsync(string key, CancellationToken ct) =>
        Task.FromResult(new FileInfo(PathOf(key)) is { Exists: true } file ? file.Length : (long?)null);

    public Task DeleteAsync(string key, CancellationToken ct)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // Nor was the file ever there.
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredBytes> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        if (!Directory.Exists(_root))
        {
            yield break;
        }

        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            ct.ThrowIfCancellationRequested();
            yield return new StoredBytes(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
        }
    }
}
