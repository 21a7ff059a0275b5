using System.Diagnostics;
using System.Globalization;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>psql and pg_restore of the PostgreSQL that is installed here.</summary>
static class ClientPrograms
{
    /// <summary>Starts one of them on a database. The password is in its environment, where no list of processes shows it.</summary>
    /// <exception cref="PgSplitException">It is not installed.</exception>
    public static Process Start(string name, PgAddress address, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Find(name), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What a person's own settings say of output and errors is not meant for us.
        foreach (var variable in new[] { "PGOPTIONS", "PGSERVICE", "PGHOSTADDR", "PSQLRC" })
            start.Environment.Remove(variable);
        start.Environment["LC_MESSAGES"] = "C";
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (variable, value) in address.ForPrograms())
            start.Environment[variable] = value;
        return Process.Start(start) ?? throw new PgSplitException(ExitCode.Failed, $"{name} could not be started");
    }

    // On the path, else the newest of Debian's folders, which are not.
    static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Where(d => !IsWrapper(d, name))
        .Concat(Versions("/usr/lib/postgresql")).Append("/usr/bin")
        .Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists)
        ?? throw new PgSplitException(ExitCode.Refused, $"{name} is not installed here, and a dump is loaded by it", "install PostgreSQL's client programs (Debian: apt-get install postgresql-client)");

    // Debian's own chooses a version by clusters that it knows of, which ours need not be among.
    static bool IsWrapper(string directory, string name) => new FileInfo(Path.Combine(directory, name)).LinkTarget?.EndsWith("pg_wrapper", StringComparison.Ordinal) ?? false;

    static IEnumerable<string> Versions(string root) => Directory.Exists(root)
        ? Directory.EnumerateDirectories(root).OrderByDescending(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0).Select(d => Path.Combine(d, "bin"))
        : [];
}
