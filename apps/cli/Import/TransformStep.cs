using Dapper;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit;

namespace Hdms.Cli.Import;

/// <summary>Step 3: rows as the services' tables have them, by the scripts of samples/monolith/import; and what becomes of those that can't be taken.</summary>
internal static class TransformStep
{
    static readonly string[] Scripts = ["0_words", "1_users", "2_tickets", "3_communication", "4_files"];

    /// <param name="connection">In a transaction.</param>
    /// <returns>How many old rows are taken, and how many are rejected.</returns>
    public static async Task<(long Taken, long Rejected)> RunAsync(NpgsqlConnection connection, ImportPolicies policies, IProgress<string> progress, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, "SET LOCAL TimeZone = 'UTC'; SET LOCAL work_mem = '64MB'; " + SourceFile.KeyFunction("hdms_import.uuid_key"), ct);
        foreach (var script in Scripts)
        {
            progress.Report($"Transforming: {script}");
            await ImportPlace.RunAsync(connection, policies.Script(script), ct);
        }

        await ImportPlace.RunAsync(connection, "ALTER TABLE hdms_import.old_tickets RENAME TO ticket_old_ids", ct);
        foreach (var owner in ImportPlace.Owners)
        {
            await ImportPlace.RunAsync(
                connection, $"GRANT USAGE ON SCHEMA hdms_import TO {Sql.Name(owner.OwnerRole)}; GRANT SELECT ON ALL TABLES IN SCHEMA hdms_import TO {Sql.Name(owner.OwnerRole)}; GRANT INSERT ON hdms_import.step TO {Sql.Name(owner.OwnerRole)}", ct);
        }

        return await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(
            $"SELECT {string.Join(" + ", ImportPlace.Tables.Where(t => t.Source is not null).Select(t => $"(SELECT count(DISTINCT old) FROM hdms_import.{t.Name})"))}, (SELECT count(*) FROM hdms_import.rejected)",
            commandTimeout: 0,
            cancellationToken: ct));
    }
}
