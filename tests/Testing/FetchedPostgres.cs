using System.Globalization;
using Hdms.Cli.Cluster;

namespace Hdms.Testing;

/// <summary>Servers of PostgreSQL in versions that are not installed. The launcher fetches them once, into <c>.hdms/postgres/</c>: they bring initdb and postgres, but neither psql nor pg_dump.</summary>
public static class FetchedPostgres
{
    /// <summary>Whether a version is there.</summary>
    public static bool Has(int major) => File.Exists(Path.Combine(Folder(major), "bin", "postgres"));

    /// <summary>The folder of a version's programs, where the user that servers run as can reach them.</summary>
    internal static async Task<string> ProgramsAsync(int major, TestDirectory directory, CancellationToken ct)
    {
        var folder = Folder(major);
        if (!Has(major))
            throw new InvalidOperationException($"there is no PostgreSQL {major} in {folder}: ./hdms test versions fetches it");
        if (await (await ServerUser.FindAsync(ct)).CanEnterAsync(Path.Combine(folder, "bin"), ct))
            return Path.Combine(folder, "bin");

        // Root's home, as on a build server, is closed to others.
        var copy = Path.Combine(directory.Path, "programs");
        await Tool.MustRunAsync(["cp", "-a", folder, copy], "Copying PostgreSQL", ct);
        return Path.Combine(copy, "bin");
    }

    static string Folder(int major)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root.Parent is not null && !File.Exists(Path.Combine(root.FullName, "Hdms.slnx")))
            root = root.Parent;
        return Path.Combine(root.FullName, ".hdms", "postgres", major.ToString(CultureInfo.InvariantCulture));
    }
}
