using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Http;

namespace Hdms.Kit.Rebuild;

/// <summary>How far the backfill of a table is.</summary>
/// <param name="Looked">Rows that were looked at.</param>
/// <param name="Total">Rows that were there at the beginning.</param>
/// <param name="Appended">Rows whose state was appended to the log.</param>
public sealed record BackfillProgress(string Table, long Looked, long Total, long Appended);

/// <summary>
/// Appends the whole state of each row of which the log has no event of its version, as a write of the row would do first: an engine
/// that knows no events has brought it. Some rows at a time, each time in a transaction of its own, so that it may be stopped and
/// begun again at any time, and run beside everything else.
/// </summary>
public static class Backfill
{
    /// <summary>Rows of a transaction, unless said otherwise.</summary>
    public const int AtOnce = 500;

    /// <returns>Where it ended.</returns>
    public static async Task<BackfillProgress> RunAsync(
        ServiceDatabase database, StateTable table, IProgress<BackfillProgress>? progress, CancellationToken ct, int atOnce = AtOnce)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(table);
        var name = Sql.Name(table.Name);
        var total = await database.ReadAsync(
            c => c.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT count(*) FROM {name}", commandTimeout: 0, cancellationToken: ct)), ct);
        var at = new BackfillProgress(table.Name, 0, total, 0);
        for (var after = Guid.Empty; ;)
        {
            var rows = await database.ReadAsync(
                async c => (await c.QueryAsync<(Guid Id, bool IsMissing)>(new CommandDefinition(
                    $"""
                    SELECT id, {IsMissing(database)} FROM (SELECT id, version FROM {name} WHERE id > @after ORDER BY id LIMIT @atOnce) AS t ORDER BY id
                    """,
                    new { after, atOnce },
                    cancellationToken: ct))).AsList(),
                ct);
            if (rows.Count == 0)
            {
                return at;
            }

            after = rows[^1].Id;
            Guid[] missing = [.. rows.Where(r => r.IsMissing).Select(r => r.Id)];
            var appended = missing.Length == 0 ? 0 : await AppendAsync(database, table, missing, ct);
            at = at with { Looked = at.Looked + rows.Count, Appended = at.Appended + appended };
            progress?.Report(at);
        }
    }

    /// <summary>The same for these rows alone, where whoever has brought them knows which they are.</summary>
    /// <returns>Of how many the state was appended.</returns>
    public static async Task<int> OfAsync(ServiceDatabase database, StateTable table, IReadOnlyCollection<Guid> ids, CancellationToken ct, int atOnce = AtOnce)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(table);
        var appended = 0;
        foreach (var some in ids.Chunk(atOnce))
        {
            appended += await AppendAsync(database, table, some, ct);
        }

        return appended;
    }

    static Task<int> AppendAsync(ServiceDatabase database, StateTable table, Guid[] ids, CancellationToken ct) =>
        database.WriteAsync(Caller.System(), async work =>
        {
            // Locked first, then looked at again: a writer may have been here meanwhile.
            var name = Sql.Name(table.Name);
            await work.QueryAsync<Guid>($"SELECT id FROM {name} WHERE id = ANY(@ids) ORDER BY id FOR UPDATE", new { ids });
            if (table.OfRow is { } stream)
            {
                var rows = await work.QueryAsync<string>($"SELECT row_to_json(t)::text FROM {name} AS t WHERE id = ANY(@ids) AND {IsMissing(database)} ORDER BY id", new { ids });
                foreach (var row in rows)
                {
                    await work.ImportAsync(stream(row));
                }

                return rows.Count;
            }

            var missing = await work.QueryAsync<Guid>($"SELECT id FROM {name} AS t WHERE id = ANY(@ids) AND {IsMissing(database)} ORDER BY id", new { ids });
            foreach (var id in missing)
            {
                await work.ImportAsync(await table.Stream(work, id));
            }

            return missing.Count;
        }, ct);

    static string IsMissing(ServiceDatabase database) =>
        $"NOT EXISTS (SELECT FROM {database.Service}_events WHERE stream_id = t.id AND stream_version = t.version)";
}
