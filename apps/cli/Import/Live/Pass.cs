using Dapper;
using Hdms.Cli.Hosting;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hdms.Cli.Import.Live;

/// <summary>
/// One pass over what was touched since the one before: made anew by the same scripts in a schema of its own, compared with what the
/// services have, and the difference written. Stopped anywhere it goes on where it was; what is touched meanwhile is the next one's.
/// </summary>
internal sealed class Pass(ImportPlace place, ImportPolicies policies, IProgress<string> progress)
{
    public const string Schema = "hdms_pass";

    const string Tickets = $"SELECT key FROM {Schema}.ticket_scope", OldTickets = $"SELECT id FROM {Schema}.ticket_scope";

    /// <summary>These have rows beside those of the old system, and few: they are looked through.</summary>
    static readonly string[] Shared = ["sla_templates", "categories"];

    /// <summary>Named points at which tests interfere.</summary>
    internal Func<string, Task>? Reached { get; init; }

    /// <summary>Which rows of what was made before the pass makes anew; null: none, what it makes is added.</summary>
    public static string? Scope(string table) => table switch
    {
        "categories" or "ticket_counters" => null,
        "tickets" => $"a.old IN ({OldTickets})",
        "ticket_old_ids" => $"a.old_id IN ({OldTickets})",
        "sub_tickets" => $"a.parent_ticket_id IN ({Tickets})",
        "chat_rooms" => $"a.id IN ({Tickets})",
        "approvals" or "chat_messages" or "ticket_participants" => $"a.ticket_id IN ({Tickets})",
        "notifications" => $"(a.ticket_id IN ({Tickets}) OR a.old IN (SELECT id FROM {Schema}.row_scope WHERE source = 'notifications_notification'))",
        "attachments" => $"(a.of_ticket_id IN ({Tickets}) OR a.old IN (SELECT id FROM {Schema}.row_scope WHERE source = 'files_attachment'))",
        _ => "true",
    };

    /// <summary>Whether one is under way, or was interrupted.</summary>
    public static Task<bool> IsBegunAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT to_regnamespace('{Schema}') IS NOT NULL", cancellationToken: ct));

    /// <summary>How much was touched that no pass has looked at.</summary>
    public static Task<long> WaitingAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(DISTINCT (kind, id)) FROM hdms_import.touched", commandTimeout: 0, cancellationToken: ct));

    /// <param name="there">Done when the last row is in the services' tables, before their events are.</param>
    /// <returns>How many tickets were looked at, and how many rows written.</returns>
    public async Task<(long Tickets, long Rows)> RunAsync(Func<Task>? there, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        if (!await IsBegunAsync(connection, ct))
            await BeginAsync(connection, ct);
        await ReachAsync("made");
        var rows = 0L;
        foreach (var service in ImportPlace.Owners)
        {
            progress.Report($"Writing what has changed of {service.Name}");
            await using var owner = await place.OpenAsOwnerAsync(service, ct);
            await using var transaction = await owner.BeginTransactionAsync(ct);
            rows += await PassLoad.RunAsync(owner, service, ct);
            await transaction.CommitAsync(ct);
            await ReachAsync($"written {service.Name}");
        }

        if (there is not null)
            await there();
        progress.Report("Events of what has changed");
        // Each service's own code, and its own log.
        await Task.WhenAll(AllServices.Definitions.Where(d => ImportPlace.Owners.Contains(d.Service)).Select(d => TellAsync(d, ct)));
        await ReachAsync("told");
        var tickets = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM {Schema}.ticket_scope", cancellationToken: ct));
        await EndAsync(connection, ct);
        return (tickets, rows);
    }

    async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // What is noted as touched and what is read are of one moment.
        await ImportPlace.RunAsync(
            connection,
            $"""
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
            CREATE SCHEMA {Schema};
            CREATE TABLE {Schema}.touched AS SELECT seq, kind, id FROM hdms_import.touched;
            CREATE TABLE {Schema}.ticket_scope (id bigint PRIMARY KEY, key uuid);
            CREATE TABLE {Schema}.row_scope (source text NOT NULL, id bigint NOT NULL, PRIMARY KEY (source, id))
            """,
            ct);
        await TransformStep.WordsAsync(connection, policies, Schema, ct);
        await transaction.SaveAsync("words", ct);
        for (; ; )
        {
            await ImportPlace.RunAsync(connection, ImportPolicies.Resource("import/live_input.sql"), ct);
            await TransformStep.RowsAsync(connection, policies, Schema, progress, ct);
            var also = (await connection.QueryAsync<(string Kind, long Id)>(new CommandDefinition(ImportPolicies.Resource("import/live_also.sql"), commandTimeout: 0, cancellationToken: ct))).AsList();
            if (also.Count == 0)
                break;
            await transaction.RollbackAsync("words", ct);
            await ImportPlace.RunAsync(
                connection, $"INSERT INTO {Schema}.touched (seq, kind, id) SELECT 0, * FROM unnest(@kinds, @ids)", ct, new { kinds = also.Select(a => a.Kind).ToArray(), ids = also.Select(a => a.Id).ToArray() });
        }

        await TransformStep.GrantAsync(connection, Schema, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Events of rows that have none: those that are new, and those whose old ones went with the old row.</summary>
    async Task TellAsync(ServiceDefinition definition, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        var events = Sql.Name($"{definition.Service.Name}_events");
        var missing = new List<(StateTable Table, IReadOnlyCollection<Guid> Ids)>();
        foreach (var table in definition.State.Where(t => ImportPlace.Tables.Any(i => i.Name == t.Name)))
        {
            var from = Shared.Contains(table.Name) ? $"public.{table.Name}" : $"{Schema}.{table.Name}";
            var ids = (await connection.QueryAsync<Guid>(new CommandDefinition(
                $"SELECT t.id FROM {from} AS t WHERE NOT EXISTS (SELECT FROM public.{events} WHERE stream_id = t.id AND stream_version = t.version)", commandTimeout: 0, cancellationToken: ct))).AsList();
            if (ids.Count > 0)
                missing.Add((table, ids));
        }

        if (missing.Count == 0)
            return;
        await QuietService.UseAsync(place.Server.Settings, definition, async services =>
        {
            foreach (var (table, ids) in missing)
                await Backfill.OfAsync(services.GetRequiredService<ServiceDatabase>(), table, ids, ct);
        }, ct);
    }

    /// <summary>What was made takes the place of what was made before, so that the next pass and the report stand on it.</summary>
    static async Task EndAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var table in ImportPlace.Tables.Select(t => t.Name))
        {
            if (Scope(table) is { } scope)
                await ImportPlace.RunAsync(connection, $"DELETE FROM hdms_import.{table} AS a WHERE {scope}; INSERT INTO hdms_import.{table} SELECT * FROM {Schema}.{table}", ct);
        }

        foreach (var list in new[] { "rejected", "merged", "changed" })
        {
            foreach (var source in ImportPlace.Tables.Select(t => t.Source).OfType<string>())
            {
                await ImportPlace.RunAsync(
                    connection,
                    $"""
                    DELETE FROM hdms_import.{list} AS l WHERE l.source = '{source}'
                      AND (l.old IN (SELECT id FROM {Schema}.{source}) OR NOT EXISTS (SELECT FROM hdms_import.{source} AS s WHERE s.id = l.old))
                    """,
                    ct);
            }

            await ImportPlace.RunAsync(connection, $"INSERT INTO hdms_import.{list} SELECT * FROM {Schema}.{list}", ct);
        }

        await ImportPlace.RunAsync(
            connection, $"DELETE FROM hdms_import.touched AS t USING {Schema}.touched AS p WHERE p.seq = t.seq; DROP SCHEMA {Schema} CASCADE; UPDATE hdms_import.live SET passes = passes + 1", ct);
        await transaction.CommitAsync(ct);
    }

    Task ReachAsync(string point) => Reached?.Invoke(point) ?? Task.CompletedTask;
}
