using System.Globalization;
using System.Text.RegularExpressions;

namespace Hdms.Cli.Cluster;

/// <summary>A directory with PostgreSQL's server programs, and their version.</summary>
internal sealed partial record PostgresBinaries(string Directory, int Major)
{
    public const int OldestMajor = 15;

    public string this[string program] => Path.Combine(Directory, program);

    /// <summary>The newest usable version on this machine.</summary>
    /// <param name="configured">Setting <c>pg_bin</c>; when given, nothing else is looked at.</param>
    /// <param name="wantedMajor">The version that made an existing cluster; PostgreSQL reads no other version's files.</param>
    public static async Task<PostgresBinaries> FindAsync(string? configured, int? wantedMajor, CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var directory in configured is { Length: > 0 } ? [configured] : UsualPlaces())
        {
            if (await ReadAsync(directory, ct) is { } binaries)
                found.Add(binaries);
        }

        var usable = found.Where(b => wantedMajor is null ? b.Major >= OldestMajor : b.Major == wantedMajor);
        return usable.MaxBy(b => b.Major) ?? throw new OneLineError(Missing(configured, wantedMajor), ExitCode.NoPostgres);
    }

    /// <summary>Whether a module for <c>shared_preload_libraries</c> is installed; naming one that is not would keep the server from starting.</summary>
    public bool HasLibrary(string name)
    {
        var prefix = Path.GetDirectoryName(Directory.TrimEnd('/'))!;
        string[] places = [$"{prefix}/lib", $"{prefix}/lib/postgresql", $"{prefix}/lib/postgresql@{Major}", $"{prefix}/lib64/pgsql", $"{prefix}/lib/pgsql"];
        return places.Any(place => File.Exists($"{place}/{name}.so") || File.Exists($"{place}/{name}.dylib"));
    }

    internal static IEnumerable<string> UsualPlaces()
    {
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            yield return directory;
        foreach (var directory in Below("/usr/lib/postgresql", "bin"))
            yield return directory;
        foreach (var root in new[] { "/opt/homebrew/opt", "/usr/local/opt", "/usr" })
        {
            foreach (var directory in Below(root, "bin").Where(d => Path.GetFileName(Path.GetDirectoryName(d))!.Contains("pgsql", StringComparison.Ordinal)
                || d.Contains("postgresql", StringComparison.Ordinal)))
                yield return directory;
        }
    }

    static IEnumerable<string> Below(string root, string name) =>
        System.IO.Directory.Exists(root) ? System.IO.Directory.EnumerateDirectories(root).Select(d => Path.Combine(d, name)) : [];

    static async Task<PostgresBinaries?> ReadAsync(string directory, CancellationToken ct)
    {
        if (!File.Exists(Path.Combine(directory, "postgres")) || !File.Exists(Path.Combine(directory, "initdb")))
            return null;
        var version = await Tool.RunAsync([Path.Combine(directory, "postgres"), "--version"], ct);
        // PATH often holds links; the libraries are found from where the programs really are.
        var home = Path.GetDirectoryName(RealPath.Of(Path.Combine(directory, "postgres")))!;
        return Version().Match(version.Output) is { Success: true } match
            ? new PostgresBinaries(home, int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture))
            : null;
    }

    static string Missing(string? configured, int? wantedMajor) => (configured, wantedMajor) switch
    {
        ({ Length: > 0 }, null) => $"No PostgreSQL {OldestMajor} or later in {configured} (setting pg_bin).",
        (_, { } major) => $"The cluster was made by PostgreSQL {major}, and its programs are not here: install postgresql-{major} or set HDMS_PG_BIN.",
        _ => $"PostgreSQL {OldestMajor} or later is not installed: install it (Debian: apt-get install postgresql; macOS: brew install postgresql@17) or set HDMS_PG_BIN.",
    };

    [GeneratedRegex(@"(?<major>\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex Version();
}
