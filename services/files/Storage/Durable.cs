using System.Runtime.InteropServices;

namespace Hdms.Files.Storage;

/// <summary>What has to survive a power cut. .NET opens no folder, and the names in a folder are its own content.</summary>
static class Durable
{
    const int ReadOnly = 0;

    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite, share: FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>A second name for the same bytes, in the place of what had that name.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Link(string path, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Copy(path, name, overwrite: true);
            return;
        }

        File.Delete(name);
        if (MakeLink(path, name) != 0)
        {
            throw new IOException($"The file could not be given its name: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var folder = Open(path, ReadOnly);
        if (folder < 0)
        {
            throw new IOException($"The folder could not be opened to flush it: error {Marshal.GetLastPInvokeError()}.");
        }

        var flushed = Flush(folder);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(folder);
        if (flushed != 0)
        {
            throw new IOException($"The folder could not be flushed: error {error}.");
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int MakeLink([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Flush(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Close(int file);
}
