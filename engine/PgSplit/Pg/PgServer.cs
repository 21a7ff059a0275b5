using Npgsql;
using Npgsql.Replication;

namespace PgSplit.Pg;

/// <summary>Opens sessions on one database. Nobody else in the engine does.</summary>
sealed class PgServer(PgAddress address)
{
    public PgAddress Address { get; } = address;

    /// <summary>An ordinary session, the caller's to close.</summary>
    /// <exception cref="PgSplitException">The server can't be reached, or refuses the user.</exception>
    public async Task<NpgsqlConnection> OpenAsync(string purpose, CancellationToken ct, bool forApply = false)
    {
        var settings = Address.ForSession(purpose);
        if (forApply)
        {
            // The same few statements over and over: prepared, they are planned once.
            settings.MaxAutoPrepare = 200;
            settings.AutoPrepareMinUsages = 3;
        }

        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw Unreachable(e);
        }
    }

    /// <summary>A walsender session (manual 55.4), the caller's to close. Status is sent often enough that no server gives it up (PROTOCOL case 62).</summary>
    public async Task<LogicalReplicationConnection> OpenReplicationAsync(string purpose, CancellationToken ct)
    {
        var connection = new LogicalReplicationConnection(Address.ForSession(purpose).ConnectionString)
        {
            WalReceiverStatusInterval = TimeSpan.FromSeconds(2),
            WalReceiverTimeout = TimeSpan.FromSeconds(30),
        };
        try
        {
            await connection.Open(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw Unreachable(e);
        }
    }

    PgSplitException Unreachable(NpgsqlException e) => e is PostgresException refused
        ? new PgSplitException(ExitCode.Unreachable, $"{Address.Route} refused the connection: {refused.MessageText}", "check user, password and pg_hba.conf", e)
        : new PgSplitException(ExitCode.Unreachable, $"{Address.Route} can't be reached: {e.InnerException?.Message ?? e.Message}", "check that the server runs and the address is right", e);
}
