using Dapper;
using Hdms.Cli.Hosting;
using Npgsql;

namespace Hdms.Cli.Import.Live;

/// <summary>What a live import has to remember beside the steps of every import.</summary>
internal sealed record LiveState
{
    /// <summary>Of the old system, that are followed.</summary>
    public string[] Tables { get; init; } = [];

    /// <summary>The old system's files, as first given.</summary>
    public string? Files { get; init; }

    /// <summary>Of before; null where none was taken.</summary>
    public string? Backup { get; init; }

    /// <summary>How far the services' readers had come when it began: nobody may have read since.</summary>
    public long Heard { get; init; }

    /// <summary>After the first.</summary>
    public int Passes { get; init; }

    public decimal LastSeconds { get; init; }

    /// <summary>When the old system's writers were about to be stopped; null while they are not.</summary>
    public DateTime? FencingAt { get; init; }

    /// <summary>When they were.</summary>
    public DateTime? FencedAt { get; init; }

    /// <summary>When the last row was in the services' tables.</summary>
    public DateTime? ThereAt { get; init; }

    /// <summary>From the moment at which the old system took its last write to that at which all of them were here.</summary>
    public TimeSpan? Pause => ThereAt - (FencedAt ?? FencingAt);

    public static Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('hdms_import.live') IS NOT NULL", cancellationToken: ct));

    public static async Task BeginAsync(NpgsqlConnection connection, IEnumerable<string> tables, string? files, string? backup, CancellationToken ct)
    {
        await ImportPlace.RunAsync(
            connection,
            """
            CREATE TABLE IF NOT EXISTS hdms_import.live (
              only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), tables text[] NOT NULL, files text, backup text, heard bigint NOT NULL, passes integer NOT NULL DEFAULT 0,
              last_seconds numeric NOT NULL DEFAULT 0, fencing_at timestamptz, fenced_at timestamptz, there_at timestamptz)
            """,
            ct);
        await ImportPlace.RunAsync(
            connection, "INSERT INTO hdms_import.live (tables, files, backup, heard) VALUES (@tables, @files, @backup, @heard) ON CONFLICT DO NOTHING", ct,
            new { tables = tables.ToArray(), files = files is null ? null : Path.GetFullPath(files), backup, heard = await HeardAsync(connection, ct) });
    }

    public static async Task<LiveState> ReadAsync(NpgsqlConnection connection, CancellationToken ct) => await connection.QuerySingleAsync<LiveState>(new CommandDefinition(
        """
        SELECT tables AS "Tables", files AS "Files", backup AS "Backup", heard AS "Heard", passes AS "Passes", last_seconds AS "LastSeconds",
               fencing_at AS "FencingAt", fenced_at AS "FencedAt", there_at AS "ThereAt"
        FROM hdms_import.live
        """,
        cancellationToken: ct));

    /// <exception cref="OneLineError">Somebody was at work: what has been read of the import can't be unread.</exception>
    public async Task MustBeUnreadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await HeardAsync(connection, ct) != Heard)
            throw new OneLineError("HDMS was run since the import began, and has read rows that may change. Give it up (hdms import cancel), restore the backup from before, and begin again.", ExitCode.InUse);
    }

    static async Task<long> HeardAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var heard = 0L;
        foreach (var service in AllServices.Contracts)
        {
            if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass(@table) IS NOT NULL", new { table = $"public.{service.Name}_cursors" }, cancellationToken: ct)))
                heard += await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT coalesce(sum(position), 0)::bigint FROM public.{service.Name}_cursors", cancellationToken: ct));
        }

        return heard;
    }
}
