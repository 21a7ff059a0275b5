using System.Security.Cryptography;
using Hdms.Cli.Provisioning;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Backup;

/// <summary>A database with the services at home in it.</summary>
/// <param name="Admin">The admin's connection string to it.</param>
/// <param name="Dump">The name of its file.</param>
internal sealed record HomeDatabase(string Name, string Admin, string Dump, IReadOnlyList<ServiceDefinition> Services);

/// <summary>
/// One snapshot of each database, all of the same moment: no unit of work is under way while they are taken, because every
/// unit of work begins at its service's gate, and all gates are shut for that moment (DESIGN section 12a).
/// </summary>
internal sealed class ConsistentSnapshots : IAsyncDisposable
{
    // Short, because work that comes later queues behind us; many, because somebody's long one may be under way.
    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(500);
    const int Tries = 60;

    readonly List<NpgsqlConnection> _holders = [];
    readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    ConsistentSnapshots()
    {
    }

    /// <summary>The name under which another session can see the same as this snapshot does.</summary>
    public string this[HomeDatabase database] => _names[database.Admin];

    public static async Task<ConsistentSnapshots> TakeAsync(IReadOnlyList<HomeDatabase> databases, CancellationToken ct)
    {
        var snapshots = new ConsistentSnapshots();
        try
        {
            foreach (var database in databases)
                snapshots._holders.Add(await DatabaseServer.OpenAsync(database.Admin, ct));
            await snapshots.ExportAsync(databases, ct);
            return snapshots;
        }
        catch
        {
            await snapshots.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session in a transaction that sees what the snapshot sees.</summary>
    public async Task<NpgsqlConnection> OpenAsync(HomeDatabase database, CancellationToken ct)
    {
        var connection = await DatabaseServer.OpenAsync(database.Admin, ct);
        await AdminSql.RunAsync(
            connection,
            $"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {AdminSql.Text(this[database])}",
            ct);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var holder in _holders)
            await holder.DisposeAsync();
    }

    async Task ExportAsync(IReadOnlyList<HomeDatabase> databases, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var keepers = new List<NpgsqlConnection>();
            try
            {
                foreach (var database in databases)
                {
                    var keeper = await DatabaseServer.OpenAsync(database.Admin, ct);
                    keepers.Add(keeper);
                    await ShutGatesAsync(keeper, database, ct);
                }

                foreach (var (database, holder) in databases.Zip(_holders))
                    _names[database.Admin] = await ExportAsync(holder, ct);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected && attempt < Tries)
            {
                // Open again before the next try, so that those who queued behind us get through.
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                throw new OneLineError("A unit of work has been under way for too long to take a consistent backup; see pg_stat_activity.", ExitCode.Failed, e);
            }
            finally
            {
                // Ends their transactions, and with them the locks.
                foreach (var keeper in keepers)
                    await keeper.DisposeAsync();
            }

            await Task.Delay(RandomNumberGenerator.GetInt32(100, 500), ct);
        }
    }

    static async Task ShutGatesAsync(NpgsqlConnection keeper, HomeDatabase database, CancellationToken ct)
    {
        var gates = new List<string>();
        foreach (var service in database.Services.Select(d => d.Service))
        {
            if (await AdminSql.AnyAsync(keeper, "SELECT 1 WHERE to_regclass($1) IS NOT NULL", [$"public.{service.Name}_gate"], ct))
                gates.Add($"public.{Sql.Name($"{service.Name}_gate")}");
        }

        if (gates.Count > 0)
        {
            await AdminSql.RunAsync(
                keeper,
                $"BEGIN; SET LOCAL lock_timeout = {Wait.TotalMilliseconds:F0}; LOCK TABLE {string.Join(", ", gates)} IN SHARE ROW EXCLUSIVE MODE",
                ct);
        }
    }

    static async Task<string> ExportAsync(NpgsqlConnection holder, CancellationToken ct)
    {
        // Others read from this snapshot for as long as it takes, while its own session has nothing to do.
        await AdminSql.RunAsync(holder, "SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct);
        await using var command = new NpgsqlCommand("SELECT pg_export_snapshot()", holder);
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
