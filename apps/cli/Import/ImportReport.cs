using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Npgsql;

namespace Hdms.Cli.Import;

/// <param name="Rows">Of the old table, those that could not be read of a file among them.</param>
internal sealed record CountedTable(string Source, string Table, long Rows, long Imported, long Merged, long Rejected)
{
    /// <summary>Rows of which nobody can say what became: there must be none.</summary>
    public long Unaccounted => Rows - Imported - Merged - Rejected;
}

/// <summary>A sum that must be the same on both sides, worked out on each by itself.</summary>
internal sealed record ComparedSum(string What, string Of, string Old, string New)
{
    public bool IsSame => Old == New;
}

internal sealed record CheckedReference(string From, string To, long Checked, long Dangling);

/// <summary>Rows to which the same has happened, and the first of them.</summary>
internal sealed record Happening(string Source, string What, long Rows, long[] First);

/// <summary>A row as it was and as it is.</summary>
internal sealed record SampleRow(string Source, long Old, JsonElement Was, JsonElement Is);

/// <summary>What an import has done, counted on both sides.</summary>
internal sealed record ImportReport(
    string Source, DateTimeOffset BegunAt, IReadOnlyDictionary<string, decimal> Seconds, IReadOnlyList<CountedTable> Tables, IReadOnlyList<ComparedSum> Sums, IReadOnlyList<CheckedReference> References,
    IReadOnlyList<Happening> Rejected, IReadOnlyList<Happening> Merged, IReadOnlyList<Happening> Changed, IReadOnlyDictionary<string, string[]> NotRead, IReadOnlyList<SampleRow> Samples)
{
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Nothing is missing, no sum differs, no reference points nowhere.</summary>
    public bool IsGood => Tables.All(t => t.Unaccounted == 0) && Sums.All(s => s.IsSame) && References.All(r => r.Dangling == 0);

    /// <param name="connection">In a transaction.</param>
    /// <param name="beside">Sums up meanwhile: nobody else is at work.</param>
    public static async Task<ImportReport> MakeAsync(NpgsqlConnection connection, NpgsqlConnection beside, ImportPolicies policies, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sums = SumUpAsync(beside, policies, stop.Token);
        try
        {
            return await MakeAsync(connection, sums, ct);
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)sums).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    static async Task<ImportReport> MakeAsync(NpgsqlConnection connection, Task<IReadOnlyList<ComparedSum>> sums, CancellationToken ct)
    {
        await ImportPlace.RunAsync(connection, ImportPlace.Settings, ct);
        var (source, begun) = await connection.QuerySingleAsync<(string, DateTime)>(new CommandDefinition("SELECT source, begun_at FROM hdms_import.about", cancellationToken: ct));
        var seconds = await QueryAsync<(string Name, decimal Seconds)>("SELECT name, seconds FROM hdms_import.step ORDER BY done_at");
        var tables = await QueryAsync<CountedTable>(string.Join(" UNION ALL ", ImportPlace.Tables.Where(t => t.Source is not null).Select(Counted)));
        var references = await QueryAsync<CheckedReference>(ImportReferences.Sql);
        return new ImportReport(
            source, new DateTimeOffset(begun), seconds.ToDictionary(s => s.Name, s => s.Seconds), tables, await sums, references,
            await HappenedAsync("SELECT source, reason AS what, old FROM hdms_import.rejected UNION ALL SELECT source, reason, 0 FROM hdms_import.unreadable"),
            await HappenedAsync("SELECT source, reason AS what, old FROM hdms_import.merged"),
            await HappenedAsync("SELECT source, what, old FROM hdms_import.changed"),
            (await QueryAsync<(string Source, string[] Columns)>("SELECT source, columns FROM hdms_import.not_read ORDER BY source")).ToDictionary(n => n.Source, n => n.Columns),
            [.. (await QueryAsync<(string Source, long Old, string Was, string Is)>(string.Join(" UNION ALL ", ImportPlace.Tables.Where(t => t.Source is not null and not "users_team_member").Select(Sampled))))
                .Select(s => new SampleRow(s.Source, s.Old, JsonDocument.Parse(s.Was).RootElement, JsonDocument.Parse(s.Is).RootElement))]);

        async Task<IReadOnlyList<Happening>> HappenedAsync(string rows) =>
            [.. (await QueryAsync<(string Source, string What, long Rows, long[] First)>(Happenings(rows))).Select(h => new Happening(h.Source, h.What, h.Rows, h.First))];

        async Task<IReadOnlyList<T>> QueryAsync<T>(string sql) => (await connection.QueryAsync<T>(new CommandDefinition(sql, commandTimeout: 0, cancellationToken: ct))).AsList();
    }

    static async Task<IReadOnlyList<ComparedSum>> SumUpAsync(NpgsqlConnection beside, ImportPolicies policies, CancellationToken ct)
    {
        await using var transaction = await beside.BeginTransactionAsync(ct);
        await ImportPlace.RunAsync(beside, ImportPlace.Settings, ct);
        return (await beside.QueryAsync<ComparedSum>(new CommandDefinition(policies.Script("sums"), commandTimeout: 0, cancellationToken: ct))).AsList();
    }

    // What is imported is counted in the service's own table.
    static string Counted(ImportTable table) =>
        $"""
         SELECT '{table.Source}' AS source, '{table.Name}' AS table,
                (SELECT count(*) FROM hdms_import.{table.Source}) + (SELECT count(*) FROM hdms_import.unreadable WHERE source = '{table.Source}') AS rows,
                (SELECT count(DISTINCT i.old) FROM hdms_import.{table.Name} AS i JOIN public.{table.Name} AS n ON {Key(table)}) AS imported,
                (SELECT count(*) FROM hdms_import.merged WHERE source = '{table.Source}') AS merged,
                (SELECT count(*) FROM hdms_import.rejected WHERE source = '{table.Source}') + (SELECT count(*) FROM hdms_import.unreadable WHERE source = '{table.Source}') AS rejected
         """;

    static string Key(ImportTable table) => table.Name == "team_members" ? "n.department_id = i.department_id AND n.user_id = i.user_id" : "n.id = i.id";

    static string Happenings(string rows) => $"SELECT source, what, count(*) AS rows, (array_agg(old ORDER BY old))[1:5] AS first FROM ({rows}) AS r GROUP BY source, what ORDER BY source, count(*) DESC, what";

    // No hashes of passwords, which are nobody's to read; the first, one in the middle and the last.
    static string Sampled(ImportTable table) =>
        $"""
         SELECT '{table.Source}' AS source, s.id AS old, (to_jsonb(s) - 'password')::text AS was, to_jsonb(n)::text AS is
         FROM (SELECT DISTINCT unnest(percentile_disc(ARRAY[0, 0.5, 1]) WITHIN GROUP (ORDER BY old)) AS old FROM (SELECT DISTINCT old FROM hdms_import.{table.Name}) AS d) AS i
         CROSS JOIN LATERAL (SELECT id FROM hdms_import.{table.Name} AS o WHERE o.old = i.old ORDER BY id LIMIT 1) AS o
         JOIN hdms_import.{table.Source} AS s ON s.id = i.old JOIN public.{table.Name} AS n ON n.id = o.id
         """;
}

/// <summary>Every reference of the imported tables, those to other services' rows too, which no constraint watches.</summary>
internal static class ImportReferences
{
    static readonly (string Table, string Column, string To)[] All =
    [
        ("departments", "head_id", "users"), ("users", "department_id", "departments"), ("user_credentials", "user_id", "users"), ("team_members", "user_id", "users"), ("team_members", "department_id", "departments"),
        ("sla_templates", "department_id", "departments"), ("sla_templates", "created_by", "users"), ("tickets", "requester_id", "users"), ("tickets", "created_by", "users"), ("tickets", "department_id", "departments"),
        ("tickets", "assignee_id", "users"), ("tickets", "sla_template_id", "sla_templates"), ("sub_tickets", "parent_ticket_id", "tickets"), ("sub_tickets", "department_id", "departments"), ("sub_tickets", "assignee_id", "users"),
        ("sub_tickets", "created_by", "users"), ("approvals", "ticket_id", "tickets"), ("approvals", "requested_by", "users"), ("approvals", "approver_id", "users"), ("ticket_old_ids", "ticket_id", "tickets"),
        ("chat_rooms", "id", "tickets"), ("chat_messages", "ticket_id", "chat_rooms"), ("chat_messages", "sender_id", "users"), ("ticket_participants", "ticket_id", "chat_rooms"), ("ticket_participants", "user_id", "users"),
        ("ticket_participants", "last_read_message_id", "chat_messages"), ("notifications", "user_id", "users"), ("notifications", "ticket_id", "tickets"), ("attachments", "ticket_id", "tickets"),
        ("attachments", "sub_ticket_id", "sub_tickets"), ("attachments", "chat_message_id", "chat_messages"), ("attachments", "uploaded_by_id", "users"),
    ];

    public static string Sql { get; } = string.Join(" UNION ALL ", All.Select(r =>
        $"SELECT '{r.Table}.{r.Column}' AS from, '{r.To}' AS to, count(r.{r.Column}) AS checked, count(*) FILTER (WHERE r.{r.Column} IS NOT NULL AND t.id IS NULL) AS dangling FROM public.{r.Table} AS r LEFT JOIN public.{r.To} AS t ON t.id = r.{r.Column}"));
}
