using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace Hdms.Cli.Import;

/// <summary>How far an import is: kept in the database with what it is about, in the transaction of each step, so that it goes on where it was.</summary>
internal static class ImportState
{
    /// <exception cref="OneLineError">An import of something else is under way.</exception>
    public static async Task BeginAsync(NpgsqlConnection connection, string source, ImportPolicies policies, CancellationToken ct)
    {
        var written = string.Join('\n', policies.Values.Select(v => $"{v.Key}: {v.Value}"));
        await ImportPlace.RunAsync(
            connection,
            """
            CREATE SCHEMA IF NOT EXISTS hdms_import;
            CREATE TABLE IF NOT EXISTS hdms_import.about (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), source text NOT NULL, policies text NOT NULL, begun_at timestamptz NOT NULL DEFAULT now());
            CREATE TABLE IF NOT EXISTS hdms_import.step (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now(), seconds numeric NOT NULL, said text NOT NULL)
            """,
            ct);
        await ImportPlace.RunAsync(connection, "INSERT INTO hdms_import.about (source, policies) VALUES (@source, @written) ON CONFLICT DO NOTHING", ct, new { source, written });
        var (before, with) = await connection.QuerySingleAsync<(string, string)>(new CommandDefinition("SELECT source, policies FROM hdms_import.about", cancellationToken: ct));
        if (before != source)
            throw new OneLineError($"An import of {before} is under way. Go on with it by the same --from, or give it up: hdms import cancel", ExitCode.WrongUsage);
        if (with != written)
            throw new OneLineError("The import was begun with other policies. Go on with those, or give it up: hdms import cancel", ExitCode.WrongUsage);
    }

    /// <summary>Whether one was begun and is not taken down yet.</summary>
    public static Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('hdms_import.step') IS NOT NULL", cancellationToken: ct));

    /// <summary>The old system, without a password.</summary>
    public static async Task<string> SourceAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT source FROM hdms_import.about", cancellationToken: ct)))!;

    /// <returns>What was said of it when it was done; null while it is not.</returns>
    public static Task<string?> DoneAsync(NpgsqlConnection connection, string step, CancellationToken ct) =>
        connection.ExecuteScalarAsync<string?>(new CommandDefinition("SELECT said FROM hdms_import.step WHERE name = @step", new { step }, cancellationToken: ct));

    /// <summary>Whether all of it is done, to the last step.</summary>
    public static async Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken ct) => await DoneAsync(connection, ImportRun.LastStep, ct) is not null;

    public static async Task KeepAsync(NpgsqlConnection connection, ImportReport report, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, "CREATE TABLE hdms_import.report (report text NOT NULL)", ct);
        await ImportPlace.RunAsync(connection, "INSERT INTO hdms_import.report VALUES (@text)", ct, new { text = JsonSerializer.Serialize(report, ImportReport.Json) });
    }

    /// <summary>As it was when the import was done.</summary>
    public static async Task<ImportReport> ReportAsync(NpgsqlConnection connection, CancellationToken ct) =>
        JsonSerializer.Deserialize<ImportReport>(await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT report FROM hdms_import.report", cancellationToken: ct)) ?? "null", ImportReport.Json)!;

    /// <summary>In the transaction of what was done.</summary>
    public static Task RecordAsync(NpgsqlConnection connection, string step, long started, string said, CancellationToken ct) => ImportPlace.RunAsync(
        connection, "INSERT INTO hdms_import.step (name, seconds, said) VALUES (@step, @seconds, @said)", ct, new { step, seconds = Math.Round((decimal)Stopwatch.GetElapsedTime(started).TotalSeconds, 1), said });
}
