using System.Globalization;

namespace Hdms.Cli.Cluster;

/// <summary>initdb, so that it happens wholly or not at all: into a directory of another name, renamed at the end.</summary>
internal static class InitialiseCluster
{
    const long Megabyte = 1024 * 1024;

    public static async Task RunAsync(
        ClusterPlace place, PostgresBinaries binaries, ServerUser user, string superuserPassword, bool durable, CancellationToken ct)
    {
        var fresh = place.Directory + ".new";
        var passwordFile = place.Directory + ".password";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        await user.MakeDirectoryAsync(fresh, ct);

        try
        {
            await WritePasswordAsync(passwordFile, superuserPassword, user, ct);
            await Tool.MustRunAsync(user.Run([binaries["initdb"], .. Arguments(fresh, passwordFile, binaries, durable)]), "initdb", ct);
        }
        finally
        {
            File.Delete(passwordFile);
        }

        if (durable)
            await File.AppendAllTextAsync(Path.Combine(fresh, "postgresql.conf"), Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Megabyte), ct);
        Directory.Move(fresh, place.Directory);
    }

    /// <summary>
    /// PostgreSQL's own 128 MB are meant for the smallest of machines; a quarter is advised for one that has nothing else to do (PostgreSQL
    /// manual, 20.4.1), and here the services live beside it. WAL between checkpoints, which is on disk: as much as that (20.5.2).
    /// </summary>
    /// <param name="machine">What the machine has, in MB.</param>
    internal static string Memory(long machine) => string.Create(
        CultureInfo.InvariantCulture,
        $"""

         # Of the {machine} MB that this machine had when HDMS made the cluster; yours to change.
         shared_buffers = {Math.Clamp(machine / 8, 128, 2048)}MB
         effective_cache_size = {Math.Max(machine / 2, 256)}MB
         # An import or a copy writes gigabytes: with PostgreSQL's own 1 GB it waits for a checkpoint every few seconds.
         max_wal_size = {Math.Clamp(machine / 4, 1024, 8192)}MB

         """);

    static async Task WritePasswordAsync(string file, string password, ServerUser user, CancellationToken ct)
    {
        await using (var writer = new StreamWriter(PrivateFile.Create(file)))
            await writer.WriteLineAsync(password.AsMemory(), ct);
        await user.GiveAsync(file, ct);
    }

    static IEnumerable<string> Arguments(string directory, string passwordFile, PostgresBinaries binaries, bool durable) =>
    [
        "--pgdata", directory,
        "--username", ClusterAddress.Superuser,
        "--pwfile", passwordFile,
        "--auth", "scram-sha-256",
        "--data-checksums",
        "--encoding", "UTF8",
        "--lc-messages", "C",
        .. Locale(binaries),
        .. durable ? Array.Empty<string>() : ["--no-sync"],
    ];

    // Texts sort by code point everywhere, so an index means the same on every machine and after every upgrade of the system.
    // The system's own C.UTF-8 is absent on macOS, where PostgreSQL before 17 can only do C.
    static string[] Locale(PostgresBinaries binaries) => binaries.Major >= 17
        ? ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        : ["--locale", OperatingSystem.IsMacOS() ? "C" : "C.UTF-8"];
}
