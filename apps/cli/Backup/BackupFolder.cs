using System.Globalization;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Backup;

/// <summary>Where backups are, each a folder of its own. One in the making has another name until it is complete and on the disk.</summary>
internal sealed class BackupFolder : IDisposable
{
    const string Prefix = "hdms-";
    const string InTheMaking = ".partial";
    const string LockName = "lock";

    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly string _final;
    readonly FileStream _lock;
    bool _complete;

    BackupFolder(string final, string path, FileStream @lock) => (_final, Path, _lock) = (final, path, @lock);

    public string Path { get; }

    /// <summary>Setting <c>backups</c>, else a folder of the data directory.</summary>
    public static string DefaultRoot(Installation installation) => installation.Settings["backups"] ?? System.IO.Path.Combine(installation.Data, "backups");

    public static BackupFolder Begin(string root, DateTimeOffset now)
    {
        Directory.CreateDirectory(root, OwnerOnly);
        ClearLeftovers(root);
        var name = Prefix + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var final = System.IO.Path.Combine(root, name);
        for (var n = 2; Directory.Exists(final) || Directory.Exists(final + InTheMaking); n++)
            final = System.IO.Path.Combine(root, $"{name}-{n}");
        Directory.CreateDirectory(final + InTheMaking, OwnerOnly);
        return new BackupFolder(final, final + InTheMaking, Lock(final + InTheMaking));
    }

    /// <summary>Complete backups, the newest first.</summary>
    public static IReadOnlyList<string> List(string root) => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root, Prefix + "*")
            .Where(d => !d.EndsWith(InTheMaking, StringComparison.Ordinal) && File.Exists(System.IO.Path.Combine(d, Manifest.FileName)))
            .OrderDescending(StringComparer.Ordinal)]
        : [];

    /// <summary>By its path, or by its name where backups usually are.</summary>
    public static string Find(Installation installation, string nameOrPath)
    {
        string[] places = [nameOrPath, System.IO.Path.Combine(DefaultRoot(installation), nameOrPath)];
        return places.FirstOrDefault(p => File.Exists(System.IO.Path.Combine(p, Manifest.FileName)))
            ?? throw new OneLineError($"There is no backup {nameOrPath}, neither here nor in {DefaultRoot(installation)}.");
    }

    public async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        await using var file = PrivateFile.Create(System.IO.Path.Combine(Path, name));
        await file.WriteAsync(content, ct);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives it its name. From here on it is a backup, also if the power goes.</summary>
    public async Task<string> CompleteAsync(CancellationToken ct)
    {
        await FlushAsync(Path, ct);
        File.Delete(System.IO.Path.Combine(Path, LockName));
        Directory.Move(Path, _final);
        _complete = true;
        await FlushAsync(System.IO.Path.GetDirectoryName(_final)!, CancellationToken.None);
        return _final;
    }

    public void Dispose()
    {
        if (!_complete)
            Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    // What a killed program left: nobody holds its lock any more.
    static void ClearLeftovers(string root)
    {
        foreach (var partial in Directory.EnumerateDirectories(root, $"{Prefix}*{InTheMaking}"))
        {
            try
            {
                using var free = Lock(partial);
                Directory.Delete(partial, recursive: true);
            }
            catch (IOException)
            {
                // Another backup is at it.
            }
        }
    }

    static FileStream Lock(string folder) => new(System.IO.Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    // The names in a folder are its own content, and .NET opens no folder to flush it.
    static async Task FlushAsync(string folder, CancellationToken ct)
    {
        if (OperatingSystem.IsLinux())
            await Tool.MustRunAsync(["sync", folder], $"Flushing {folder} to the disk", ct);
    }
}
