using System.Collections.Concurrent;
using Hdms.Cli.Cluster;

namespace Hdms.Testing;

/// <summary>
/// A directory of this test run. It is held by a lock, so that the next run knows, by finding the lock free, that this one
/// was killed, ends what it left running there and removes it.
/// </summary>
public sealed class TestDirectory : IDisposable
{
    const string Prefix = "hdms-test-";

    static readonly ConcurrentDictionary<TestDirectory, byte> Open = new();
    static readonly Lazy<bool> LeftoversCleared = new(ClearLeftovers);

    readonly FileStream _lock;

    TestDirectory(string path)
    {
        Path = path;
        _lock = new FileStream(LockIn(path), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Open[this] = 0;
    }

    static TestDirectory() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var directory in Open.Keys)
            directory.Dispose();
    };

    /// <summary>Short enough for a Unix socket inside, and open to PostgreSQL's user.</summary>
    public string Path { get; }

    public static TestDirectory Create()
    {
        _ = LeftoversCleared.Value;
        var path = $"/tmp/{Prefix}{Guid.NewGuid().ToString("N")[..10]}";
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return new TestDirectory(path);
    }

    /// <summary>Ends every PostgreSQL and Redis that works in here, and removes everything.</summary>
    public void Dispose()
    {
        if (!Open.TryRemove(this, out _))
            return;
        Remove(Path);
        _lock.Dispose();
    }

    static bool ClearLeftovers()
    {
        foreach (var path in Directory.EnumerateDirectories("/tmp", Prefix + "*"))
        {
            if (TryLock(path) is not { } free)
                continue;
            Remove(path);
            free.Dispose();
        }

        return true;
    }

    // Killed rather than stopped: nothing in there is wanted any more.
    static void Remove(string path)
    {
        foreach (var pid in ServerProcesses.Below(path))
            ServerProcesses.Kill(pid);
        SpinWait.SpinUntil(() => ServerProcesses.Below(path).Count == 0, TimeSpan.FromSeconds(10));
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (IOException)
        {
            // The next run finds it.
        }
    }

    static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(LockIn(path), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, or another user's.
            return null;
        }
    }

    static string LockIn(string path) => System.IO.Path.Combine(path, "run.lock");
}
