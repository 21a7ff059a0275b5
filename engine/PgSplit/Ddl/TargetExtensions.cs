using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>Extensions, and objects of kinds that are not carried, have to be on the target; an extension that is only missing is created (PROTOCOL case 32).</summary>
static class TargetExtensions
{
    public static async Task EnsureAsync(NpgsqlConnection target, string moveId, MoveSet set, CancellationToken ct)
    {
        foreach (var extension in set.Extensions)
        {
            var there = await VersionAsync(target, extension.Name, ct);
            if (there is null)
            {
                await CreateAsync(target, moveId, extension, ct);
                there = await VersionAsync(target, extension.Name, ct);
            }

            if (IsOlder(there!, extension.Version))
                throw new PgSplitException(ExitCode.Refused,
                    $"extension {extension.Name} is version {there} on the target and {extension.Version} on the source",
                    $"ALTER EXTENSION {Sql.Name(extension.Name)} UPDATE on the target");
        }
    }

    static async Task CreateAsync(NpgsqlConnection target, string moveId, RequiredExtension extension, CancellationToken ct)
    {
        try
        {
            // Its schema may be one that only the source has, and that nothing of the set is in.
            if (await Created.FindAsync(target, "pg_namespace", Sql.Name(extension.Schema), ct) is null)
            {
                await target.ExecuteAsync($"CREATE SCHEMA {Sql.Name(extension.Schema)}", ct);
                await Created.RecordAsync(target, moveId, "pg_namespace", Sql.Name(extension.Schema), ct);
            }

            await target.ExecuteAsync($"CREATE EXTENSION IF NOT EXISTS {Sql.Name(extension.Name)} SCHEMA {Sql.Name(extension.Schema)} CASCADE", ct);
            await Created.RecordAsync(target, moveId, "pg_extension", extension.Name, ct);
        }
        catch (PostgresException e)
        {
            throw new PgSplitException(ExitCode.Refused,
                $"extension {extension.Name} {extension.Version} is needed and can't be created on the target: {e.MessageText}",
                $"install it there, and let somebody who may run CREATE EXTENSION {Sql.Name(extension.Name)}", e);
        }
    }

    static Task<string?> VersionAsync(NpgsqlConnection target, string name, CancellationToken ct) =>
        target.ScalarAsync<string>("SELECT extversion FROM pg_extension WHERE extname = $1", ct, name);

    /// <summary>By the numbers in both: 1.10 is newer than 1.9.</summary>
    internal static bool IsOlder(string version, string than)
    {
        var (a, b) = (Numbers(version), Numbers(than));
        var first = Enumerable.Range(0, Math.Max(a.Length, b.Length)).Select(i => a.ElementAtOrDefault(i).CompareTo(b.ElementAtOrDefault(i))).FirstOrDefault(c => c != 0);
        return first < 0;
    }

    static int[] Numbers(string version) => [.. version.Split('.', '-', '_').Select(p => int.TryParse(p, out var n) ? n : 0)];
}
