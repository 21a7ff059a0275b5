using Dapper;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit;

namespace Hdms.Cli.Import;

/// <summary>Step 3: rows as the services' tables have them, by the scripts of samples/monolith/import; and what becomes of those that can't be taken.</summary>
internal static class TransformStep
{
    static readonly string[] Scripts = ["0_words", "1_users", "2_tickets", "3_communication", "4_files"];

    /// <summary>Where the old rows are, and what is made of them.</summary>
    const string Schema = "hdms_import";

    /// <summary>All others are run while bytes are still being copied.</summary>
    const string AboutBytes = "4_files";

    /// <param name="connection">In a transaction.</param>
    /// <param name="bytes">What has to be done before it is asked which files there are.</param>
    /// <returns>How many old rows are taken, and how many are rejected.</returns>
    public static async Task<(long Taken, long Rejected)> RunAsync(NpgsqlConnection connection, ImportPolicies policies, Task bytes, IProgress<string> progress, CancellationToken ct)
    {
        await WordsAsync(connection, policies, Schema, ct);
        await RowsAsync(connection, policies, Schema, progress, ct, bytes);
        await GrantAsync(connection, Schema, ct);
        foreach (var owner in ImportPlace.Owners)
            await ImportPlace.RunAsync(connection, $"GRANT INSERT ON hdms_import.step TO {Sql.Name(owner.OwnerRole)}", ct);
        return await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(
            $"SELECT {string.Join(" + ", ImportPlace.Tables.Where(t => t.Source is not null).Select(t => $"(SELECT count(DISTINCT old) FROM hdms_import.{t.Name})"))}, (SELECT count(*) FROM hdms_import.rejected)",
            commandTimeout: 0,
            cancellationToken: ct));
    }

    /// <summary>What the scripts speak with, and the lists.</summary>
    public static async Task WordsAsync(NpgsqlConnection connection, ImportPolicies policies, string schema, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, $"{ImportPlace.Settings}; {SourceFile.KeyFunction($"{schema}.uuid_key")}", ct);
        await ImportPlace.RunAsync(connection, In(policies, Scripts[0], schema), ct);
    }

    /// <summary>Rows of the old ones that are in the same schema.</summary>
    public static async Task RowsAsync(NpgsqlConnection connection, ImportPolicies policies, string schema, IProgress<string> progress, CancellationToken ct, Task? bytes = null)
    {
        foreach (var script in Scripts.Skip(1))
        {
            if (script == AboutBytes && bytes is not null)
                await bytes;
            progress.Report($"Transforming: {script}");
            await ImportPlace.RunAsync(connection, In(policies, script, schema), ct);
        }

        await ImportPlace.RunAsync(connection, $"ALTER TABLE {schema}.old_tickets RENAME TO ticket_old_ids", ct);
    }

    /// <summary>Those who own the services' tables read it.</summary>
    public static async Task GrantAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        foreach (var owner in ImportPlace.Owners)
            await ImportPlace.RunAsync(connection, $"GRANT USAGE ON SCHEMA {schema} TO {Sql.Name(owner.OwnerRole)}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {Sql.Name(owner.OwnerRole)}", ct);
    }

    static string In(ImportPolicies policies, string script, string schema) => policies.Script(script).Replace($"{Schema}.", $"{schema}.", StringComparison.Ordinal);
}
