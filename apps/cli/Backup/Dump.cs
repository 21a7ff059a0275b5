using Hdms.Cli.Cluster;
using Npgsql;

namespace Hdms.Cli.Backup;

/// <summary>One database as a file, by PostgreSQL's own programs.</summary>
internal static class Dump
{
    /// <summary>The migration engine's: what a move was doing belongs to the move, not to the data.</summary>
    public const string LeftOutSchema = "pgsplit";

    public static Task TakeAsync(ClientPrograms programs, string database, string snapshot, string file, CancellationToken ct) =>
        RunAsync(programs["pg_dump"], database, ["--format=custom", $"--snapshot={snapshot}", $"--exclude-schema={LeftOutSchema}", $"--file={file}"], ct);

    /// <summary>Puts a dump's content into an empty database.</summary>
    /// <param name="asItWas">With its owners and rights, for which the roles have to be there; else all is whose who restores.</param>
    public static async Task RestoreAsync(ClientPrograms programs, string file, string database, CancellationToken ct, bool asItWas = false)
    {
        var list = Path.GetTempFileName();
        try
        {
            // Statistics of statements are of use to operators only, and not everybody may create their extension.
            var contents = await RunAsync(programs["pg_restore"], database, ["--list", file], ct);
            await File.WriteAllLinesAsync(
                list, contents.Split('\n').Where(l => !IsOfAMove(l) && (!l.Contains("EXTENSION", StringComparison.Ordinal) || !l.Contains("pg_stat_statements", StringComparison.Ordinal))), ct);
            await RunAsync(
                programs["pg_restore"],
                database,
                ["--exit-on-error", .. asItWas ? Array.Empty<string>() : ["--no-owner", "--no-privileges"], "--jobs=2", $"--use-list={list}", $"--dbname={new NpgsqlConnectionStringBuilder(database).Database}", file],
                ct);
        }
        finally
        {
            File.Delete(list);
        }
    }

    /// <summary>Fences, guard and publications of a move that was open: they stand on the schema that is left out, or would be of no move any more.</summary>
    static bool IsOfAMove(string entry) =>
        entry.Contains(" pgsplit_", StringComparison.Ordinal) && (entry.Contains(" TRIGGER ", StringComparison.Ordinal) || entry.Contains(" PUBLICATION ", StringComparison.Ordinal));

    static async Task<string> RunAsync(string program, string database, string[] arguments, CancellationToken ct)
    {
        var start = Tool.StartInfo([program, "--no-password", .. arguments]);
        foreach (var (name, value) in PgEnvironment.Of(new NpgsqlConnectionStringBuilder(database)))
            start.Environment[name] = value;
        var result = await Tool.RunAsync(start, ct);
        return result.ExitCode == 0
            ? result.Output
            : throw new OneLineError($"{Path.GetFileName(program)} of {start.Environment["PGDATABASE"]} failed: {result.LastLine}");
    }
}
