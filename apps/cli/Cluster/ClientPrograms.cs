using System.Globalization;
using System.Text.RegularExpressions;

namespace Hdms.Cli.Cluster;

/// <summary>psql, pg_dump and pg_restore: of the server's own version, else of the next later one, for an older one can't read a newer server.</summary>
internal sealed partial record ClientPrograms(string Directory, int Major)
{
    public string this[string program] => Path.Combine(Directory, program);

    /// <param name="configured">Setting <c>pg_bin</c>; when given, nothing else is looked at.</param>
    public static async Task<ClientPrograms> FindAsync(string? configured, int serverMajor, CancellationToken ct)
    {
        var found = new List<ClientPrograms>();
        foreach (var directory in (configured is { Length: > 0 } ? [configured] : PostgresBinaries.UsualPlaces()).Where(d => File.Exists(Path.Combine(d, "pg_dump"))))
        {
            var version = await Tool.RunAsync([Path.Combine(directory, "pg_dump"), "--version"], ct);
            if (Version().Match(version.Output) is { Success: true } match)
                found.Add(new ClientPrograms(directory, int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture)));
        }

        return found.Where(p => p.Major >= serverMajor).MinBy(p => p.Major)
            ?? throw new OneLineError($"PostgreSQL's programs of version {serverMajor} or later are not here: install postgresql-client-{serverMajor} or set HDMS_PG_BIN.", ExitCode.NoPostgres);
    }

    [GeneratedRegex(@"(?<major>\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex Version();
}
