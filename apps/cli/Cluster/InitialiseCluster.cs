namespace Hdms.Cli.Cluster;

/// <summary>initdb, so that it happens wholly or not at all: into a directory of another name, renamed at the end.</summary>
internal static class InitialiseCluster
{
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

        Directory.Move(fresh, place.Directory);
    }

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
