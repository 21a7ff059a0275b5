using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Import;

/// <summary>Step 4: the rows into a service's own tables, under the role that owns them, in one transaction; indexes and foreign keys are made when the rows are in.</summary>
internal static class LoadStep
{
    /// <param name="owner">In a transaction.</param>
    /// <returns>How many rows.</returns>
    public static async Task<long> RunAsync(NpgsqlConnection owner, Service service, IProgress<string> progress, CancellationToken ct)
    {
        await ImportPlace.RunAsync(owner, $"{ImportPlace.Settings}; SET LOCAL lock_timeout = '20s'; LOCK TABLE public.{service.Name}_gate IN SHARE ROW EXCLUSIVE MODE", ct);
        string[] tables = [.. ImportPlace.Tables.Where(t => t.Service == service).Select(t => t.Name)];
        // Looked at for all rows at once, by a join; row by row it takes as long as writing them.
        var keys = (await owner.QueryAsync<(string Table, string Name, string Definition)>(new CommandDefinition(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid = ANY(@names::regclass[]) ORDER BY 1, 2",
            new { names = tables.Select(t => $"public.{Sql.Name(t)}").ToArray() },
            cancellationToken: ct))).AsList();
        foreach (var key in keys)
            await ImportPlace.RunAsync(owner, $"ALTER TABLE {key.Table} DROP CONSTRAINT {key.Name}", ct);
        var rows = 0L;
        foreach (var table in tables)
        {
            progress.Report($"Writing {table}");
            rows += await InsertAsync(owner, table, ct);
        }

        foreach (var key in keys)
            await ImportPlace.RunAsync(owner, $"ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name} {key.Definition}", ct);
        return rows;
    }

    static async Task<long> InsertAsync(NpgsqlConnection owner, string table, CancellationToken ct)
    {
        if (table == "sla_templates")
            await MakeWayAsync(owner, "hdms_import", ct);
        var indexes = (await owner.QueryAsync<(string Name, string Definition)>(new CommandDefinition(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid = ('public.' || @table)::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
            """,
            new { table },
            cancellationToken: ct))).AsList();
        foreach (var index in indexes)
            await ImportPlace.RunAsync(owner, $"DROP INDEX {index.Name}", ct);
        var columns = (await ColumnsAsync(owner, table, ct)).Select(c => c.Name).ToList();
        // A department's head is a person, and a person's department one of these.
        var values = columns.Select(c => (table, c) == ("departments", "head_id") ? "NULL" : Sql.Name(c));
        var rows = await owner.ExecuteAsync(new CommandDefinition(
            $"INSERT INTO public.{Sql.Name(table)} ({string.Join(", ", columns.Select(Sql.Name))}) SELECT {string.Join(", ", values)} FROM hdms_import.{Sql.Name(table)} AS i {Except(table)}", commandTimeout: 0, cancellationToken: ct));
        foreach (var index in indexes)
            await ImportPlace.RunAsync(owner, index.Definition, ct);
        if (table == "users")
            await ImportPlace.RunAsync(owner, "UPDATE public.departments AS d SET head_id = i.head_id FROM hdms_import.departments AS i WHERE i.id = d.id AND i.head_id IS NOT NULL", ct);
        await ImportPlace.RunAsync(owner, $"ANALYZE public.{Sql.Name(table)}", ct);
        return rows;
    }

    /// <summary>The columns of a service's table that rows come with, and their types.</summary>
    public static async Task<IReadOnlyList<(string Name, string Type)>> ColumnsAsync(NpgsqlConnection owner, string table, CancellationToken ct) => (await owner.QueryAsync<(string, string)>(new CommandDefinition(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a JOIN pg_attribute AS o ON o.attrelid = ('hdms_import.' || @table)::regclass AND o.attname = a.attname AND NOT o.attisdropped
        WHERE a.attrelid = ('public.' || @table)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
        """,
        new { table },
        cancellationToken: ct))).AsList();

    /// <summary>Those that are there already by another name stay.</summary>
    public static string Except(string table) => table == "categories"
        ? "WHERE NOT EXISTS (SELECT FROM public.categories AS c WHERE lower(c.name) = lower(i.name) AND c.department_id IS NULL AND NOT c.is_deleted)"
        : "";

    /// <summary>Of those that every installation begins with, whose place the old system's take.</summary>
    /// <param name="schema">Where the old system's are.</param>
    public static Task MakeWayAsync(NpgsqlConnection owner, string schema, CancellationToken ct) => ImportPlace.RunAsync(
        owner,
        $"""
        UPDATE public.sla_templates AS s SET is_active = false, version = version + 1, updated_at = date_trunc('milliseconds', now())
        WHERE s.is_active AND NOT s.is_deleted AND s.id NOT IN (SELECT id FROM {schema}.sla_templates)
          AND EXISTS (SELECT FROM {schema}.sla_templates AS i WHERE i.is_active AND i.priority = s.priority AND i.department_id IS NOT DISTINCT FROM s.department_id)
        """,
        ct);
}
