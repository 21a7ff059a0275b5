using Dapper;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// Foreign keys that are looked at when all rows are there, and not with each: rows are put in in whatever order they come, or taken
/// out and put in again. Needs the owner of the tables, and one transaction from beginning to end.
/// </summary>
public sealed class LateForeignKeys
{
    readonly IReadOnlyList<string> _keys;

    LateForeignKeys(IReadOnlyList<string> keys) => _keys = keys;

    /// <summary>Lets those of and to these tables wait.</summary>
    /// <param name="tables">Quoted, as SQL has them.</param>
    public static async Task<LateForeignKeys> DeferAsync(NpgsqlConnection owner, string[] tables, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        IReadOnlyList<string> keys = (await owner.QueryAsync<string>(new CommandDefinition(
            """
            SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
            WHERE contype = 'f' AND NOT condeferrable AND (conrelid = ANY(@tables::regclass[]) OR confrelid = ANY(@tables::regclass[]))
            """,
            new { tables },
            cancellationToken: ct))).AsList();
        await RunAsync(owner, [.. keys.Select(k => $"{k} DEFERRABLE INITIALLY DEFERRED"), "SET CONSTRAINTS ALL DEFERRED"], ct);
        return new LateForeignKeys(keys);
    }

    /// <summary>Looks at all of them now, and makes them what they were.</summary>
    public Task CheckAsync(NpgsqlConnection owner, CancellationToken ct) => RunAsync(owner, ["SET CONSTRAINTS ALL IMMEDIATE", .. _keys.Select(k => $"{k} NOT DEFERRABLE")], ct);

    static async Task RunAsync(NpgsqlConnection owner, IEnumerable<string> statements, CancellationToken ct)
    {
        foreach (var statement in statements)
        {
            await owner.ExecuteAsync(new CommandDefinition(statement, commandTimeout: 0, cancellationToken: ct));
        }
    }
}
