using Dapper;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// Makes the tables what the log says, in one transaction that no unit of work runs beside. Rows without events stay as they are.
/// Needs the owner of the tables: rows are put in whatever order they come, so foreign keys are looked at when all are there, and
/// unique indexes are made again afterwards.
/// </summary>
public static class StateRepair
{
    /// <param name="before">What a check has found; only these tables may differ by now.</param>
    /// <returns>What was found, and put right.</returns>
    public static async Task<IReadOnlyList<TableCheck>> RunAsync(
        NpgsqlConnection owner, string service, StateCheck check, IReadOnlyList<TableCheck> before, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(check);
        string[] tables = [.. before.Where(t => t.Different > 0).Select(t => Sql.Name(t.Table))];
        await using var transaction = await owner.BeginTransactionAsync(ct);
        await RunAsync(owner, $"SET LOCAL lock_timeout = '30s'; LOCK TABLE {service}_gate IN EXCLUSIVE MODE", ct);
        var keys = await LateForeignKeys.DeferAsync(owner, tables, ct);
        var indexes = await UniqueIndexesAsync(owner, tables, ct);
        await RunAllAsync(owner, indexes.Select(i => $"DROP INDEX {i.Name}"), ct);

        var done = await check.CompareAsync(owner, values: false, putRight: true, ct);

        await keys.CheckAsync(owner, ct);
        await RunAllAsync(owner, indexes.Select(i => i.Definition), ct);
        await transaction.CommitAsync(ct);
        return done;
    }

    static async Task<IReadOnlyList<(string Name, string Definition)>> UniqueIndexesAsync(NpgsqlConnection owner, string[] tables, CancellationToken ct) =>
        [.. await owner.QueryAsync<(string, string)>(new CommandDefinition(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index AS i
            WHERE indrelid = ANY(@tables::regclass[]) AND indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
            """,
            new { tables },
            cancellationToken: ct))];

    static async Task RunAllAsync(NpgsqlConnection owner, IEnumerable<string> statements, CancellationToken ct)
    {
        foreach (var statement in statements)
        {
            await RunAsync(owner, statement, ct);
        }
    }

    static Task<int> RunAsync(NpgsqlConnection owner, string sql, CancellationToken ct) =>
        owner.ExecuteAsync(new CommandDefinition(sql, commandTimeout: 0, cancellationToken: ct));
}
