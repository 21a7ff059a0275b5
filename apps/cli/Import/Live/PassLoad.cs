using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Rebuild;
using Npgsql;

namespace Hdms.Cli.Import.Live;

/// <summary>
/// What a pass has made, into a service's own tables, under the role that owns them, in one transaction. A row that is other than it was
/// is taken out and put in again, with its first version: what the first pass has said of it was never read by anybody, so it has never
/// been. What is the same stays, so that doing it again does nothing.
/// </summary>
internal static class PassLoad
{
    /// <param name="owner">In a transaction.</param>
    /// <returns>How many rows were written, or taken away.</returns>
    public static async Task<long> RunAsync(NpgsqlConnection owner, Service service, CancellationToken ct)
    {
        await ImportPlace.RunAsync(owner, $"SET LOCAL lock_timeout = '20s'; SET LOCAL TimeZone = 'UTC'; LOCK TABLE public.{service.Name}_gate IN SHARE ROW EXCLUSIVE MODE", ct);
        string[] tables = [.. ImportPlace.Tables.Where(t => t.Service == service).Select(t => t.Name)];
        var late = await LateForeignKeys.DeferAsync(owner, [.. tables.Select(t => $"public.{Sql.Name(t)}")], ct);
        var streams = new List<Guid>();
        var (gone, written) = (0L, 0L);
        foreach (var table in tables.Reverse().Where(t => Pass.Scope(t) is not null))
        {
            var ids = await TakeOutAsync(owner, table, ct);
            gone += ids.Count;
            streams.AddRange(ids);
        }

        foreach (var table in tables)
        {
            var ids = await PutInAsync(owner, table, ct);
            written += ids.Count;
            // A team is told of with its department.
            if (table == "team_members")
                streams.AddRange(ids);
        }

        await ForgetAsync(owner, service, streams, ct);
        await late.CheckAsync(owner, ct);
        return Math.Max(gone, written);
    }

    static string[] Key(string table) => table switch
    {
        "user_credentials" => ["user_id"],
        "team_members" => ["department_id", "user_id"],
        "ticket_old_ids" => ["old_id"],
        "ticket_counters" => ["year"],
        _ => ["id"],
    };

    // The stream in which a row is told of; of the others nobody is.
    static string Stream(string table) => table switch
    {
        "user_credentials" => "user_id",
        "team_members" => "department_id",
        "ticket_old_ids" => "ticket_id",
        "ticket_counters" => "NULL::uuid",
        _ => "id",
    };

    static string Same(string table, string one, string other) => string.Join(" AND ", Key(table).Select(k => $"{one}.{k} = {other}.{k}"));

    /// <summary>Rows that are gone, or other than they were.</summary>
    static async Task<List<Guid>> TakeOutAsync(NpgsqlConnection owner, string table, CancellationToken ct)
    {
        var columns = await LoadStep.ColumnsAsync(owner, table, ct);
        var key = string.Join(", ", Key(table));
        // In the types of the service's table: rows are compared as they would be stored.
        return (await owner.QueryAsync<Guid>(new CommandDefinition(
            $"""
            DELETE FROM public.{table} AS n USING (SELECT {key} FROM hdms_import.{table} AS a WHERE {Pass.Scope(table)} UNION SELECT {key} FROM {Pass.Schema}.{table}) AS s
            WHERE {Same(table, "s", "n")} AND NOT EXISTS (
              SELECT FROM {Pass.Schema}.{table} AS p WHERE {Same(table, "p", "n")}
                AND ROW({string.Join(", ", columns.Select(c => $"p.{Sql.Name(c.Name)}::{c.Type}"))}) IS NOT DISTINCT FROM ROW({string.Join(", ", columns.Select(c => $"n.{Sql.Name(c.Name)}"))}))
            RETURNING n.{Stream(table)}
            """,
            commandTimeout: 0,
            cancellationToken: ct))).AsList();
    }

    static async Task<List<Guid>> PutInAsync(NpgsqlConnection owner, string table, CancellationToken ct)
    {
        if (table == "sla_templates")
            await LoadStep.MakeWayAsync(owner, Pass.Schema, ct);
        var columns = string.Join(", ", (await LoadStep.ColumnsAsync(owner, table, ct)).Select(c => Sql.Name(c.Name)));
        var except = LoadStep.Except(table) is { Length: > 0 } some ? some : $"WHERE NOT EXISTS (SELECT FROM public.{table} AS n WHERE {Same(table, "n", "i")})";
        // Numbers that were given stay given.
        var (where, or) = table == "ticket_counters" ? ("", "ON CONFLICT (year) DO UPDATE SET last = excluded.last WHERE excluded.last > t.last") : (except, "");
        return [.. (await owner.QueryAsync<Guid?>(new CommandDefinition(
            $"INSERT INTO public.{table} AS t ({columns}) SELECT {columns} FROM {Pass.Schema}.{table} AS i {where} {or} RETURNING {(table == "ticket_counters" ? "NULL::uuid" : $"t.{Stream(table)}")}",
            commandTimeout: 0,
            cancellationToken: ct))).Select(id => id ?? Guid.Empty)];
    }

    /// <summary>
    /// The log is append-only for all who work with it. Here nobody has worked with it: its readers have not run since the import began,
    /// which is looked at before each pass.
    /// </summary>
    static Task ForgetAsync(NpgsqlConnection owner, Service service, List<Guid> streams, CancellationToken ct) => streams.Count == 0
        ? Task.CompletedTask
        : ImportPlace.RunAsync(
            owner,
            $"""
            ALTER TABLE public.{service.Name}_events DISABLE TRIGGER append_only;
            DELETE FROM public.{service.Name}_events WHERE stream_id = ANY(@streams);
            ALTER TABLE public.{service.Name}_events ENABLE TRIGGER append_only
            """,
            ct,
            new { streams = streams.Distinct().ToArray() });
}
