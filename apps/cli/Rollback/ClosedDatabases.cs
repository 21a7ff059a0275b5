using Dapper;
using Hdms.Cli.Provisioning;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Rollback;

/// <summary>
/// The databases that are replaced, closed to everybody but the admin: services that still run answer 503 and Retry-After, and write
/// nothing that would be lost. Opened again unless they were put aside.
/// </summary>
internal sealed class ClosedDatabases : IAsyncDisposable
{
    readonly NpgsqlConnection _maintenance;
    readonly Dictionary<string, int> _limits;

    ClosedDatabases(NpgsqlConnection maintenance, Dictionary<string, int> limits) => (_maintenance, _limits) = (maintenance, limits);

    /// <param name="maintenance">Of a superuser, whom a limit of connections does not keep out.</param>
    public static async Task<ClosedDatabases> CloseAsync(NpgsqlConnection maintenance, IReadOnlyList<string> databases, CancellationToken ct)
    {
        if (!await AdminSql.AnyAsync(maintenance, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper", [], ct))
            throw new OneLineError("A rollback needs a superuser in admin_database: it closes databases to all others. Nothing was changed.", ExitCode.WrongUsage);
        var limits = (await maintenance.QueryAsync<(string Name, int Limit)>(new CommandDefinition(
            "SELECT datname, datconnlimit FROM pg_database WHERE datname = ANY (@all)", new { all = databases.ToArray() }, cancellationToken: ct))).ToDictionary(d => d.Name, d => d.Limit);
        var closed = new ClosedDatabases(maintenance, limits);
        try
        {
            foreach (var database in databases)
                await AdminSql.RunAsync(maintenance, $"ALTER DATABASE {Sql.Name(database)} CONNECTION LIMIT 0", ct);
            await closed.EndSessionsAsync(ct);
            return closed;
        }
        catch
        {
            await closed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Everybody's: also those of a superuser who looks around, for a database with sessions can't be renamed.</summary>
    public Task EndSessionsAsync(CancellationToken ct) => _maintenance.ExecuteAsync(new CommandDefinition(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ANY (@all) AND pid <> pg_backend_pid()", new { all = _limits.Keys.ToArray() }, cancellationToken: ct));

    /// <summary>
    /// What moves have left outside of their databases: slots, which would keep the server's WAL for good, and origins, which would be taken
    /// for those of the next move.
    /// </summary>
    public async Task DropStreamsAsync(IReadOnlyList<string> services, CancellationToken ct)
    {
        var names = services.SelectMany(s => new[] { $"pgsplit_{s}_f", $"pgsplit_{s}_r" }).ToArray();
        await _maintenance.ExecuteAsync(new CommandDefinition(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ANY (@names) AND database = ANY (@all)",
            new { names, all = _limits.Keys.ToArray() }, cancellationToken: ct));
        await _maintenance.ExecuteAsync(new CommandDefinition("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname = ANY (@names)", new { names }, cancellationToken: ct));
    }

    /// <summary>Gives it another name under which nobody gets in. From here on it is nobody's home.</summary>
    public async Task PutAsideAsync(string database, string name)
    {
        // Not cancellable: half a swap would be two phases at once.
        await AdminSql.RunAsync(_maintenance, $"ALTER DATABASE {Sql.Name(database)} RENAME TO {Sql.Name(name)}", CancellationToken.None);
        await AdminSql.RunAsync(_maintenance, $"ALTER DATABASE {Sql.Name(name)} ALLOW_CONNECTIONS false", CancellationToken.None);
        _limits.Remove(database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (database, limit) in _limits)
            await AdminSql.RunAsync(_maintenance, $"ALTER DATABASE {Sql.Name(database)} CONNECTION LIMIT {limit}", CancellationToken.None);
    }
}
