using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Schema;
using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>
/// Makes a server ready for services: roles, a database, and who may do what in it. Every step may be done again, so it is
/// how rights are repaired, too. The admin need not be a superuser: CREATEDB and CREATEROLE are enough.
/// </summary>
/// <param name="admin">Npgsql's connection string, to the database that CREATE DATABASE is sent to.</param>
/// <param name="secrets">Gives each role its password, as <c>users_password</c> and <c>users_owner_password</c>.</param>
/// <param name="ours">Whether the server is the private one, of which nobody else has roles.</param>
internal sealed class Provisioner(string admin, Secrets secrets, bool ours)
{
    /// <summary>The role of people who read across services; it may not sign in until an operator lets it.</summary>
    public const string ReportRole = ReportView.Reader;

    public const string ReportSchema = ReportView.Schema;

    public async Task EnsureAsync(string database, IReadOnlyList<Service> services, CancellationToken ct)
    {
        await using (var server = await OpenAsync(database: null, ct))
        {
            // Roles belong to the whole server: two programs making the same one at once would meet in the middle.
            await LockAsync(server, ct);
            // Before anything is changed.
            var kept = ours ? [] : await ServiceRoles.FindOursAsync(server, To(database), services, secrets, ct);
            await ServiceRoles.EnsureAsync(server, services, secrets, kept, ct);
            await EnsureDatabaseAsync(server, database, ct);
            await ServiceRights.OnDatabaseAsync(server, database, services, ct);
        }

        await using var inside = await OpenAsync(database, ct);
        await LockAsync(inside, ct);
        await ServiceRights.OnSchemasAsync(inside, services, ct);
        await EnsureStatementStatisticsAsync(inside, ct);
    }

    static async Task EnsureDatabaseAsync(NpgsqlConnection server, string database, CancellationToken ct)
    {
        if (await AdminSql.AnyAsync(server, "SELECT 1 FROM pg_database WHERE datname = $1", [database], ct))
            return;
        await AdminSql.RunAsync(server, $"CREATE DATABASE {Sql.Name(database)} TEMPLATE template0 ENCODING 'UTF8'", ct);
    }

    // Of use to operators and not needed by anything, so an admin who may not create it is no reason to stop.
    static async Task EnsureStatementStatisticsAsync(NpgsqlConnection inside, CancellationToken ct)
    {
        const string available =
            """
            SELECT 1 FROM pg_available_extensions
             WHERE name = 'pg_stat_statements' AND installed_version IS NULL
               AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'
            """;
        try
        {
            if (await AdminSql.AnyAsync(inside, available, [], ct))
                await AdminSql.RunAsync(inside, "CREATE EXTENSION pg_stat_statements", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
        }
    }

    // Held until the connection is closed. CREATE DATABASE can't be in a transaction, so the lock is the session's.
    static Task LockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        AdminSql.RunAsync(connection, "SELECT pg_advisory_lock(hashtextextended('hdms provisioning', 0))", ct);

    NpgsqlConnectionStringBuilder To(string? database)
    {
        var builder = new NpgsqlConnectionStringBuilder(admin) { Pooling = false };
        builder.Database = database ?? builder.Database;
        return builder;
    }

    async Task<NpgsqlConnection> OpenAsync(string? database, CancellationToken ct)
    {
        var builder = To(database);
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw new OneLineError($"The admin can't enter database {builder.Database} on {builder.Host}:{builder.Port}: {e.Message}", ExitCode.Failed, e);
        }
    }
}
