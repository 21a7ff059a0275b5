using System.Text;
using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>The statements of <c>--schema</c>: written by hand, by <c>pg_dump --schema-only</c> or by <c>manage.py sqlmigrate</c>.</summary>
static class SchemaScript
{
    /// <exception cref="PgSplitException">A statement fails; it is told with its line.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, string path, CancellationToken ct)
    {
        await connection.ExecuteAsync("SET LOCAL search_path = public, pg_catalog", ct);
        foreach (var (line, sql) in SqlStatements.Of(await TextAsync(path, ct)))
        {
            try
            {
                await connection.ExecuteAsync(sql, ct);
            }
            catch (PostgresException e)
            {
                var at = line + sql.AsSpan(0, Math.Clamp(e.Position - 1, 0, sql.Length)).Count('\n');
                throw new PgSplitException(ExitCode.BadInput, $"{path}:{at}: {e.MessageText}{(e.Detail is { } detail ? $" ({detail})" : "")}; nothing was loaded", Remedy(e), e);
            }
        }

        // What a dump sets for its own statements is not meant for ours.
        await connection.ExecuteAsync("SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off", ct);
    }

    static string? Remedy(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.UndefinedObject when e.MessageText.Contains("role", StringComparison.Ordinal) => "make the role (CREATE ROLE … NOLOGIN), or dump again with --no-owner --no-privileges",
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateSchema => "load into an empty database",
        "25001" => "take statements of transactions and of whole databases out of the schema",
        _ => null,
    };

    // psql's own commands, of pg_dump since 2025, are no SQL.
    static async Task<string> TextAsync(string path, CancellationToken ct)
    {
        try
        {
            var lines = (await File.ReadAllTextAsync(path, Encoding.UTF8, ct)).Split('\n');
            return string.Join('\n', lines.Select(l => l.StartsWith(@"\restrict ", StringComparison.Ordinal) || l.StartsWith(@"\unrestrict ", StringComparison.Ordinal) ? "" : l));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PgSplitException(ExitCode.BadInput, $"the schema {path} can't be read: {e.Message}", null, e);
        }
    }
}
