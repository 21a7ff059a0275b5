using System.Globalization;

namespace Hdms.Cli.Cluster;

/// <summary>
/// One program at a time works on a data directory. The lock is the operating system's (flock), so it ends with the
/// process that holds it, however that ends; the process id beside it is only for the message.
/// </summary>
internal sealed class ClusterLock : IDisposable
{
    readonly FileStream _file;

    ClusterLock(FileStream file) => _file = file;

    public static ClusterLock Take(string data) =>
        TryTake(data) ?? throw new OneLineError($"{data} is in use by process {HolderOf(data)}.", ExitCode.InUse);

    public static ClusterLock? TryTake(string data)
    {
        try
        {
            var file = new FileStream(Path.Combine(data, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(PidFile(data), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new ClusterLock(file);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The file stays: removing it would let two programs hold locks on two files of one name.
    public void Dispose() => _file.Dispose();

    static string HolderOf(string data) => File.Exists(PidFile(data)) ? File.ReadAllText(PidFile(data)) : "?";

    // Apart from the lock, because .NET opens no file that another process has locked, not even for reading.
    static string PidFile(string data) => Path.Combine(data, "pid");
}
