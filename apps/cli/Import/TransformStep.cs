using Dapper;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit;

namespace Hdms.Cli.Import;

/// <summary>Step 3: rows as the services' tables have them, by the scripts of samples/monolith/import; and what becomes of those that can't be taken.</summary>
internal static class TransformStep
{
    const string Words = "0_words";

    /// <summary>What has keys that all else refers to.</summary>
    static readonly string[] First = ["1_users", "2_tickets"];

    static readonly string[] Second = ["3_communication", "4_files"];

    /// <summary>Where the old rows are, and what is made of them.</summary>
    const string Schema = "hdms_import";

    /// <summary>All others are run while bytes are still being copied.</summary>
    const string AboutBytes = "4_files";

    /// <summary>People and tickets, on which all else stands.</summary>
    /// <param name="connection">In a transaction.</param>
    public static async Task FirstAsync(NpgsqlConnection connection, ImportPolicies policies, IProgress<string> progress, CancellationToken ct)
    {
        await WordsAsync(connection, policies, Schema, ct);
        await RunAsync(First, connection, policies, Schema, progress, Task.CompletedTask, ct);
        await GrantAsync(connection, Schema, ct);
        foreach (var owner in ImportPlace.Owners)
            await ImportPlace.RunAsync(connection, $"GRANT INSERT ON hdms_import.step TO {Sql.Name(owner.OwnerRole)}", ct);
    }

    /// <summary>The rest.</summary>
    /// <param name="connection">In the same transaction as the first, or in another.</param>
    /// <param name="bytes">What has to be done before it is asked which files there are.</param>
    /// <returns>How many old rows are taken, and how many are rejected.</returns>
    public static async Task<(long Taken, long Rejected)> SecondAsync(NpgsqlConnection connection, ImportPolicies policies, Task bytes, IProgress<string> progress, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, ImportPlace.Settings, ct);
        await RunAsync(Second, connection, policies, Schema, progress, bytes, ct);
        await GrantAsync(connection, Schema, ct);
        return await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(
            $"SELECT {string.Join(" + ", ImportPlace.Tables.Where(t => t.Source is not null).Select(t => $"(SELECT count(DISTINCT old) FROM hdms_import.{t.Name})"))}, (SELECT count(*) FROM hdms_import.rejected)",
            commandTimeout: 0,
            cancellationToken: ct));
    }

    /// <summary>What the scripts speak with, and the lists.</summary>
    public static async Task WordsAsync(NpgsqlConnection connection, ImportPolicies policies, string schema, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, $"{ImportPlace.Settings}; {SourceFile.KeyFunction($"{schema}.uuid_key")}", ct);
        await ImportPlace.RunAsync(connection, In(policies, Words, schema), ct);
    }

    /// <summary>Rows of the old ones that are in the same schema.</summary>
    public static Task RowsAsync(NpgsqlConnection connection, ImportPolicies policies, string schema, IProgress<string> progress, CancellationToken ct) =>
        RunAsync([.. First, .. Second], connection, policies, schema, progress, Task.CompletedTask, ct);

    static async Task RunAsync(string[] scripts, NpgsqlConnection connection, ImportPolicies policies, string schema, IProgress<string> progress, Task bytes, CancellationToken ct)
    {
        foreach (var script in scripts)
        {
            if (script == AboutBytes)
                await bytes;
            progress.Report($"Transforming: {script}");
            await ImportPlace.RunAsync(connection, In(policies, script, schema), ct);
        }
    }

    /// <summary>Those who own the services' tables read it.</summary>
    public static async Task GrantAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        foreach (var owner in ImportPlace.Owners)
            await ImportPlace.RunAsync(connection, $"GRANT USAGE ON SCHEMA {schema} TO {Sql.Name(owner.OwnerRole)}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {Sql.Name(owner.OwnerRole)}", ct);
    }

    static string In(ImportPolicies policies, string script, string schema) => policies.Script(script).Replace($"{Schema}.", $"{schema}.", StringComparison.Ordinal);
}
