using System.Diagnostics;
using Dapper;
using Npgsql;

namespace Hdms.Kit.Schema;

/// <summary>
/// Brings a service's tables to what the program needs: numbered scripts, each once, each in a transaction, kept with its
/// checksum in the service's own <c>&lt;service&gt;_schema_history</c>. An advisory lock lets one program at a time do it.
/// The views for people, which stand on the tables, follow.
/// </summary>
public sealed class SchemaRunner(string service, IReadOnlyList<SchemaScript> scripts, IReadOnlyList<ReportView>? views = null)
{
    string History => $"{service}_schema_history";

    /// <summary>Runs the scripts that have not run yet, signed in as the owner of the service's tables.</summary>
    /// <returns>The names of the scripts that were run.</returns>
    /// <exception cref="SchemaException">A script was changed after it ran, the schema is newer than the program, a move is open, or a script failed.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(NpgsqlConnection owner, IProgress<string>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        await owner.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_lock(hashtextextended(@name, 0))", new { name = History }, cancellationToken: ct));
        try
        {
            await owner.ExecuteAsync(new CommandDefinition(
                $"""
                CREATE TABLE IF NOT EXISTS {History} (
                  script     text PRIMARY KEY,
                  checksum   text NOT NULL,
                  program    text NOT NULL,
                  applied_at timestamptz NOT NULL DEFAULT now(),
                  took       interval NOT NULL)
                """,
                cancellationToken: ct));
            var pending = await PendingAsync(owner, ct);
            var moving = await IsMovingAsync(owner, ct);
            if (pending.Count > 0 && moving)
            {
                // The engine's guard would refuse the DDL half-way; better to say so before anything has run (PROTOCOL 1.13).
                throw new SchemaException($"Schema scripts of {service} wait while its move is open. Complete or cancel it first: hdms migrate status {service}");
            }

            foreach (var script in pending)
            {
                progress?.Report(script.Name);
                await RunAsync(owner, script, ct);
            }

            // Reports stay as they are until the move is over, which is no reason not to start.
            if (!moving && await ReportView.EnsureAsync(owner, views ?? [], ct))
            {
                progress?.Report("report views");
            }

            return [.. pending.Select(p => p.Name)];
        }
        finally
        {
            // Not ct: the lock goes back, whoever cancelled.
            await owner.ExecuteAsync("SELECT pg_advisory_unlock(hashtextextended(@name, 0))", new { name = History });
        }
    }

    /// <summary>Refuses to go on when the schema is not the one that this program knows.</summary>
    /// <exception cref="SchemaException">It is older, newer, or was made by scripts that read otherwise.</exception>
    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var there = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT to_regclass(@name) IS NOT NULL", new { name = History }, cancellationToken: ct));
        var pending = there ? await PendingAsync(connection, ct) : scripts;
        if (pending.Count > 0)
        {
            throw new SchemaException(
                $"The tables of {service} lack {pending.Count} of this program's schema scripts, {pending[0].Name} first. Run: hdms migrate-schema {service}");
        }
    }

    /// <summary>The scripts that have run, in order, for backups and <c>hdms doctor</c>.</summary>
    public async Task<IReadOnlyList<(string Script, string Checksum)>> HistoryAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var rows = await connection.QueryAsync<(string, string)>(new CommandDefinition(
            $"SELECT script, checksum FROM {History} ORDER BY applied_at, script", cancellationToken: ct));
        return rows.AsList();
    }

    async Task<IReadOnlyList<SchemaScript>> PendingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var done = (await HistoryAsync(connection, ct)).ToDictionary(r => r.Script, r => r.Checksum);
        var known = scripts.ToDictionary(s => s.Name);
        if (done.Keys.Except(known.Keys).Order(StringComparer.Ordinal).LastOrDefault() is { } newer)
        {
            throw new SchemaException(
                $"The tables of {service} are newer than this program: it does not know {newer}. Start the program's newer version, or restore a backup of this one.");
        }

        if (scripts.FirstOrDefault(s => done.TryGetValue(s.Name, out var sum) && sum != s.Checksum) is { } changed)
        {
            throw new SchemaException(
                $"{changed.Name} of {service} was changed after it had run here. Put it back as it was and write the change as a new script.");
        }

        return [.. scripts.Where(s => !done.ContainsKey(s.Name))];
    }

    /// <summary>
    /// By the fence on the service's own table, which anybody may see: at home it is there exactly while a move is open. Moves of other
    /// services are no reason to wait.
    /// </summary>
    Task<bool> IsMovingAsync(NpgsqlConnection owner, CancellationToken ct) => owner.ExecuteScalarAsync<bool>(new CommandDefinition(
        @"SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(@History) AND tgname LIKE 'pgsplit\_fence%')", new { History }, cancellationToken: ct));

    async Task RunAsync(NpgsqlConnection owner, SchemaScript script, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await using var transaction = await owner.BeginTransactionAsync(ct);
        await ReportView.DropAsync(owner, ct);
        try
        {
            // As one text inside the server, so that an error's position counts from the script's beginning.
            await owner.ExecuteAsync(new CommandDefinition(
                "SELECT set_config('hdms.script', @Sql, true); DO 'BEGIN EXECUTE current_setting(''hdms.script''); END'",
                new { script.Sql },
                commandTimeout: 0,
                cancellationToken: ct));
        }
        catch (PostgresException e)
        {
            throw new SchemaException($"{script.Name} of {service} failed, nothing of it was kept: {e.MessageText}{Caret(script.Sql, e.InternalPosition)}", e);
        }

        await owner.ExecuteAsync(new CommandDefinition(
            $"INSERT INTO {History} (script, checksum, program, took) VALUES (@Name, @Checksum, @program, @took)",
            new { script.Name, script.Checksum, program = ProgramVersion.Text, took = Stopwatch.GetElapsedTime(started) },
            cancellationToken: ct));
        await transaction.CommitAsync(ct);
    }

    /// <summary>The line at fault with a caret under the place, as PostgreSQL counts it (characters from 1; 0 when it does not know).</summary>
    static string Caret(string sql, int position)
    {
        if (position <= 0 || position > sql.Length)
        {
            return "";
        }

        var start = sql.LastIndexOf('\n', position - 1) + 1;
        var end = sql.IndexOf('\n', position - 1);
        var line = sql.AsSpan(0, position - 1).Count('\n') + 1;
        var text = sql[start..(end < 0 ? sql.Length : end)];
        return $"\n  line {line}: {text}\n  {new string(' ', $"line {line}: ".Length + position - 1 - start)}^";
    }
}
