using System.Globalization;
using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// Makes tables anew that a service has from other services' feeds, while the old ones are read and kept up. The copy is in a schema of
/// its own, with cursors of its own: the service's own readers, started once more with that schema before <c>public</c> in their search
/// path (<see cref="Setting"/>), fill it from the beginning of the feeds. When they have caught up, the copy takes the old tables' place
/// in one transaction, and whoever reads the old feeds' positions goes on from those of the copy.
/// </summary>
public sealed class NextCopy
{
    /// <summary>The setting with which a service is started that is to fill a copy; a command's to set, nobody else's.</summary>
    public const string Setting = "search_path";

    readonly string _service;
    readonly string _schema;
    readonly string _role;
    readonly IReadOnlyList<string> _tables;

    /// <exception cref="ArgumentException">The service has no tables from feeds.</exception>
    public NextCopy(ServiceDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        _service = definition.Service.Name;
        _role = definition.Service.Role;
        _schema = definition.Service.CopySchema ?? throw new ArgumentException($"{_service} has no tables that are made from feeds.", nameof(definition));
        _tables = definition.FromFeeds;
    }

    /// <summary>What <see cref="Setting"/> is to be.</summary>
    public string SearchPath => $"{_schema},public";

    string[] OfReaders => [$"{_service}_cursors", $"{_service}_parked"];

    /// <summary>Makes the copy's tables, empty; what an earlier attempt has left is gone.</summary>
    public async Task BeginAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (!await owner.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regnamespace(@_schema) IS NOT NULL", new { _schema }, cancellationToken: ct)))
        {
            throw new RebuildException($"There is no schema {_schema} for the copy; hdms migrate-schema makes it.");
        }

        await using var transaction = await owner.BeginTransactionAsync(ct);
        await DropAsync(owner, ct);
        foreach (var table in _tables.Concat(OfReaders))
        {
            await RunAsync(
                owner,
                $"""
                CREATE TABLE {In(_schema, table)} (LIKE {In("public", table)} INCLUDING ALL);
                GRANT SELECT, INSERT, UPDATE, DELETE ON {In(_schema, table)} TO {Sql.Name(_role)}
                """,
                ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>How many readers have come to the end of their feeds, how many events they have passed, and how many of those they could not carry out.</summary>
    public async Task<(int CaughtUp, long Events, long Parked)> LookAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return await owner.QuerySingleAsync<(int, long, long)>(new CommandDefinition(
            $"""
            SELECT (count(*) FILTER (WHERE caught_up_at IS NOT NULL))::int, coalesce(sum(position), 0)::bigint, (SELECT count(*) FROM {In(_schema, $"{_service}_parked")})
            FROM {In(_schema, $"{_service}_cursors")}
            """,
            cancellationToken: ct));
    }

    /// <summary>Puts the copy in the old tables' place. Nobody may be filling it any more.</summary>
    public async Task SwapAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        foreach (var table in _tables)
        {
            // The first who read it are not to plan without knowing it.
            await RunAsync(owner, $"ANALYZE {In(_schema, table)}", ct);
        }

        await using var transaction = await owner.BeginTransactionAsync(ct);

        // The gate first, as every unit of work does: then nobody is writing who could wait for what is taken next.
        await RunAsync(owner, $"SET LOCAL lock_timeout = '20s'; LOCK TABLE {In("public", $"{_service}_gate")} IN SHARE ROW EXCLUSIVE MODE", ct);
        var names = (await owner.QueryAsync<(string Old, string New)>(new CommandDefinition(SameIndexes, new { _schema, tables = _tables.ToArray() }, cancellationToken: ct))).AsList();
        foreach (var table in _tables)
        {
            await RunAsync(owner, $"DROP TABLE {In("public", table)}; ALTER TABLE {In(_schema, table)} SET SCHEMA public", ct);
        }

        foreach (var (old, next) in names.Where(n => n.Old != n.New))
        {
            // Schema scripts of later versions know them by these.
            await RunAsync(owner, $"ALTER INDEX {In("public", next)} RENAME TO {Sql.Name(old)}", ct);
        }

        foreach (var table in OfReaders)
        {
            await RunAsync(owner, $"DELETE FROM {In("public", table)}; INSERT INTO {In("public", table)} SELECT * FROM {In(_schema, table)}", ct);
        }

        await DropAsync(owner, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Throws the copy away.</summary>
    public async Task DropAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(owner);
        await RunAsync(owner, $"DROP TABLE IF EXISTS {string.Join(", ", _tables.Concat(OfReaders).Select(t => In(_schema, t)))}", ct);
    }

    /// <summary>LIKE gives indexes names of its own; those of the same definition belong together.</summary>
    const string SameIndexes =
        """
        SELECT o.relname, n.relname
        FROM pg_index AS oi JOIN pg_class AS o ON o.oid = oi.indexrelid JOIN pg_class AS ot ON ot.oid = oi.indrelid
        JOIN pg_class AS nt ON nt.relname = ot.relname AND nt.relnamespace = to_regnamespace(@_schema)
        JOIN pg_index AS ni ON ni.indrelid = nt.oid
             AND substring(pg_get_indexdef(ni.indexrelid) FROM ' USING .*$') = substring(pg_get_indexdef(oi.indexrelid) FROM ' USING .*$')
        JOIN pg_class AS n ON n.oid = ni.indexrelid
        WHERE ot.relnamespace = 'public'::regnamespace AND ot.relname = ANY(@tables)
        """;

    static string In(string schema, string table) => string.Create(CultureInfo.InvariantCulture, $"{Sql.Name(schema)}.{Sql.Name(table)}");

    static Task<int> RunAsync(NpgsqlConnection owner, string sql, CancellationToken ct) =>
        owner.ExecuteAsync(new CommandDefinition(sql, commandTimeout: 0, cancellationToken: ct));
}
