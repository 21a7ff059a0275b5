using Dapper;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Import;

/// <summary>Step 1: the old tables as they are, of one moment, beside the services' own.</summary>
internal static class ExportStep
{
    /// <param name="into">In a transaction.</param>
    /// <returns>How many rows there are.</returns>
    public static async Task<long> RunAsync(NpgsqlConnection source, NpgsqlConnection into, ImportPolicies policies, IReadOnlyList<UnreadableRow> unreadable, IProgress<string> progress, CancellationToken ct)
    {
        await using var snapshot = await source.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var columns = await ColumnsAsync(source, policies, ct);
        await NotReadAsync(into, columns, policies, unreadable, ct);
        var rows = 0L;
        foreach (var (table, wanted) in policies.Tables)
        {
            progress.Report($"Reading {table}");
            var read = columns[table].Where(c => wanted.Contains(c.Column)).ToList();
            rows += await CopyAsync(source, into, table, [.. read.Select(c => (c.Column, c.Type))], ct);
        }

        return rows;
    }

    /// <summary>The old system's tables, once it is seen that they are those that are expected.</summary>
    /// <exception cref="OneLineError">They are not.</exception>
    public static async Task<ILookup<string, (string Table, string Column, string Type)>> ColumnsAsync(NpgsqlConnection source, ImportPolicies policies, CancellationToken ct)
    {
        var columns = (await source.QueryAsync<(string Table, string Column, string Type)>(new CommandDefinition(
            """
            SELECT c.relname, a.attname, CASE WHEN t.typtype = 'b' AND t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(a.atttypid, a.atttypmod) ELSE 'text' END
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type AS t ON t.oid = a.atttypid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum
            """,
            cancellationToken: ct))).ToLookup(c => c.Table);
        Check(columns, policies, source.Database);
        return columns;
    }

    /// <summary>Notes what there is beside what is read.</summary>
    public static async Task NotReadAsync(
        NpgsqlConnection into, ILookup<string, (string Table, string Column, string Type)> columns, ImportPolicies policies, IReadOnlyList<UnreadableRow> unreadable, CancellationToken ct)
    {
        await ImportPlace.RunAsync(into, "CREATE TABLE hdms_import.not_read (source text NOT NULL, columns text[] NOT NULL); CREATE TABLE hdms_import.unreadable (source text NOT NULL, reason text NOT NULL, line text NOT NULL)", ct);
        foreach (var row in unreadable)
            await ImportPlace.RunAsync(into, "INSERT INTO hdms_import.unreadable VALUES (@Table, @Reason, @Row)", ct, row);
        foreach (var (table, wanted) in policies.Tables)
        {
            var rest = columns[table].Select(c => c.Column).Except(wanted).ToArray();
            if (rest.Length > 0)
                await ImportPlace.RunAsync(into, "INSERT INTO hdms_import.not_read VALUES (@table, @rest)", ct, new { table, rest });
        }
    }

    static async Task<long> CopyAsync(NpgsqlConnection source, NpgsqlConnection into, string table, IReadOnlyList<(string Name, string Type)> columns, CancellationToken ct)
    {
        var to = $"hdms_import.{Sql.Name(table)}";
        await ImportPlace.RunAsync(into, $"CREATE TABLE {to} ({string.Join(", ", columns.Select(c => $"{Sql.Name(c.Name)} {c.Type}"))})", ct);
        var from = $"SELECT {string.Join(", ", columns.Select(c => c.Type == "text" ? $"{Sql.Name(c.Name)}::text" : Sql.Name(c.Name)))} FROM public.{Sql.Name(table)}";
        await using (var read = await source.BeginRawBinaryCopyAsync($"COPY ({from}) TO STDOUT (FORMAT binary)", ct))
        await using (var write = await into.BeginRawBinaryCopyAsync($"COPY {to} FROM STDIN (FORMAT binary)", ct))
            await read.CopyToAsync(write, 1 << 16, ct);
        await ImportPlace.RunAsync(into, $"CREATE UNIQUE INDEX ON {to} (id); ANALYZE {to}", ct);
        return await into.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM {to}", commandTimeout: 0, cancellationToken: ct));
    }

    static void Check(ILookup<string, (string Table, string Column, string Type)> there, ImportPolicies policies, string database)
    {
        var wrong = policies.Tables.Where(t => !there.Contains(t.Key)).Select(t => $"table {t.Key} is not there")
            .Concat(policies.Tables.Where(t => there.Contains(t.Key)).SelectMany(t => t.Value.Except(there[t.Key].Select(c => c.Column)).Select(c => $"{t.Key} has no column {c}")))
            .Concat(there.Select(t => t.Key).Where(t => !policies.Tables.ContainsKey(t) && !policies.IsIgnored(t)).Select(t => $"table {t} is neither read nor ignored")).ToList();
        if (wrong.Count > 0)
            throw new OneLineError($"{database} is not the old help desk that is expected: {string.Join("; ", wrong)}. Nothing was changed. Say what is to be read in a file of policies: --policies FILE", ExitCode.WrongUsage);
    }
}
